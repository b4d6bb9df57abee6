namespace Etdb.Storage.Grains;

/// <summary>A write that changes nothing but has to be committed like any other.</summary>
internal sealed class ProbeOperation : GrainOperation
{
    public override void Execute(GrainWriter writer) => writer.Execute("update grain_sequence set last = last");
}
