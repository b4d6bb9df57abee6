using System.Collections.Concurrent;
using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>A call as filters see it, and the walk through them.</summary>
internal abstract class FilteredCall(GrainCall call)
{
    protected GrainCall Call { get; } = call;

    public GrainId? SourceId => Call.Source?.GrainId;

    public GrainId TargetId => Call.Reference.Id;

    public string InterfaceName => Call.Method.InterfaceName;

    public string MethodName => Call.Method.Name;

    public MethodInfo InterfaceMethod => Call.Method.Method;

    public object? Result
    {
        get => Call.BoxedResult;
        set => Call.BoxedResult = value;
    }
}

/// <inheritdoc cref="FilteredCall"/>
internal sealed class IncomingCall(GrainCall call, Activation target) : FilteredCall(call), IIncomingGrainCallContext
{
    private static readonly ConcurrentDictionary<(Type, MethodInfo), MethodInfo> Implementations = new();
    private int _next;

    /// <inheritdoc/>
    public object Grain => target.GrainInstance!;

    /// <inheritdoc/>
    public IGrainContext TargetContext => target;

    /// <inheritdoc/>
    public MethodInfo ImplementationMethod => Implementations.GetOrAdd((target.Class.Type, Call.Method.Method), static key =>
    {
        var map = key.Item1.GetInterfaceMap(key.Item2.DeclaringType!);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, key.Item2)];
    });

    /// <inheritdoc/>
    public Task Invoke()
    {
        var filters = target.Runtime.IncomingFilters;
        if (_next < filters.Length)
        {
            return filters[_next++].Invoke(this);
        }

        if (_next++ == filters.Length && target.GrainInstance is IIncomingGrainCallFilter own)
        {
            return own.Invoke(this);
        }

        return Call.InvokeTargetAsync(target);
    }
}

/// <inheritdoc cref="FilteredCall"/>
internal sealed class OutgoingCall(GrainCall call) : FilteredCall(call), IOutgoingGrainCallContext
{
    private int _next;

    /// <inheritdoc/>
    public object Grain => Call.Reference;

    /// <inheritdoc/>
    public IGrainContext? SourceContext => Call.Source;

    /// <inheritdoc/>
    public Task Invoke()
    {
        var filters = Call.Runtime.OutgoingFilters;
        return _next < filters.Length ? filters[_next++].Invoke(this) : Call.DispatchCopyAsync();
    }
}

/// <summary>A function as a filter.</summary>
internal sealed class DelegateFilter(IncomingGrainCallFilterDelegate? incoming, OutgoingGrainCallFilterDelegate? outgoing)
    : IIncomingGrainCallFilter, IOutgoingGrainCallFilter
{
    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context) => incoming!(context);

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context) => outgoing!(context);
}
