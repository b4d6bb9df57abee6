namespace Etdb.Grains;

/// <summary>
/// Whether this silo is about to end in order. From then on grains begin no rounds, and what fails in one that still runs is nobody's fault: its calls find no silo any more. Whatever was
/// left is taken up by the next activation, as after a crash. One per process, begun once by the host; for callers on any thread.
/// </summary>
public sealed class SiloStop
{
    private volatile bool _begun;

    /// <summary>It ends.</summary>
    public bool Begun => _begun;

    /// <summary>Says so.</summary>
    public void Begin() => _begun = true;
}
