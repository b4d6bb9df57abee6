using Etdb.Orleans.Embedded.Engine;

namespace Orleans.Runtime;

/// <summary>Names a grain and sends calls to it. Two references to one grain are equal.</summary>
public class GrainReference : GrainReferenceCore, IAddressable, IEquatable<GrainReference>
{
    private protected GrainReference()
    {
    }

    /// <summary>Whom it names.</summary>
    public GrainId GrainId => Id;

    /// <summary>Full name of the interface it was made for.</summary>
    public string InterfaceName => Interface.Type.FullName!;

    /// <summary>The same grain by another of its interfaces.</summary>
    public virtual TGrainInterface Cast<TGrainInterface>() =>
        this is TGrainInterface already ? already : (TGrainInterface)Runtime.Factory.Bind(typeof(TGrainInterface), GrainId);

    /// <inheritdoc/>
    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => GrainId.ToString();
}
