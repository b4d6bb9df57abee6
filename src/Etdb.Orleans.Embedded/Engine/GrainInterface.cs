using System.Collections.Concurrent;
using System.Reflection;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>A grain interface: its methods and the prototype of its references. Shared by all runtimes of the process.</summary>
internal sealed class GrainInterface
{
    private static readonly ConcurrentDictionary<Type, GrainInterface> Known = new();

    private readonly ConcurrentDictionary<MethodInfo, CallMethod> _methods = new();

    private GrainInterface(Type type)
    {
        if (!type.IsInterface)
        {
            throw new ArgumentException($"{type} is not a grain interface.", nameof(type));
        }

        Type = type;
        Prototype = (GrainReferenceCore)DispatchProxy.Create(type, typeof(GrainProxy));
    }

    public Type Type { get; }

    public GrainReferenceCore Prototype { get; }

    public static GrainInterface Of(Type type) => Known.GetOrAdd(type, static t => new GrainInterface(t));

    public CallMethod MethodOf(MethodInfo method) =>
        _methods.TryGetValue(method, out var known) ? known : _methods.GetOrAdd(method, CallMethod.Create);
}
