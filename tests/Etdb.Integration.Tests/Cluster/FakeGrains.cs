using System.Reflection;
using Orleans;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>A factory whose every grain answers every call alike.</summary>
public class FakeGrains : DispatchProxy
{
    private Func<Task> _answer = () => Task.CompletedTask;
    private object? _grain;

    public static IGrainFactory Of<TGrain>(Func<Task> answer)
        where TGrain : class
    {
        var grain = Create<TGrain, FakeGrains>();
        ((FakeGrains)(object)grain)._answer = answer;
        var factory = Create<IGrainFactory, FakeGrains>();
        ((FakeGrains)(object)factory)._grain = grain;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _grain ?? _answer();
}
