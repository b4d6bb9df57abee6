using System.Reflection;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The sending half of a grain reference: turns interface calls into messages. References are made by copying one prototype an
/// interface, which is ten times quicker than making a proxy through reflection.</summary>
public abstract class GrainReferenceCore : DispatchProxy
{
    private GrainInterface _interface = null!;
    private GrainRuntime _runtime = null!;
    private GrainId _id;
    private Receiver? _receiver;

    private protected GrainReferenceCore()
    {
    }

    internal GrainId Id => _id;

    internal GrainInterface Interface => _interface;

    internal GrainRuntime Runtime => _runtime;

    /// <summary>Where the last call went; a hint that may have ended.</summary>
    internal Receiver? LastReceiver
    {
        get => _receiver;
        set => _receiver = value;
    }

    internal object BindTo(GrainRuntime runtime, GrainInterface grainInterface, GrainId id)
    {
        var copy = (GrainReferenceCore)MemberwiseClone();
        copy._runtime = runtime;
        copy._interface = grainInterface;
        copy._id = id;
        copy._receiver = null;
        return copy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        return _interface.MethodOf(targetMethod).Send(this, args ?? []);
    }
}

/// <summary>What <see cref="DispatchProxy"/> derives the references of each interface from.</summary>
internal class GrainProxy : GrainReference
{
    public GrainProxy()
    {
    }
}
