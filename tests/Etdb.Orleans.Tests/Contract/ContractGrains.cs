using System.Collections.Concurrent;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>Lets tests hold grains at a known place and see what they did, without sleeping.</summary>
public static class Stage
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Gates = new();
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Logs = new();

    public static Task Gate(string name) => GateOf(name).Task.WaitAsync(TimeSpan.FromSeconds(20));

    public static void Open(string name) => GateOf(name).TrySetResult();

    public static void Log(string name, string line) => Logs.GetOrAdd(name, static _ => new()).Enqueue(line);

    public static string[] LogOf(string name) => Logs.TryGetValue(name, out var lines) ? [.. lines] : [];

    /// <summary>Waits until the log holds a line; the time-out says which one did not come.</summary>
    public static async Task Until(string name, Func<string[], bool> condition, string what)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition(LogOf(name)))
        {
            if (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"{what} did not happen; the log of {name} is [{string.Join(", ", LogOf(name))}]");
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static TaskCompletionSource GateOf(string name) => Gates.GetOrAdd(name, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}

public interface IPlainGrain : IGrainWithStringKey
{
    Task<string> Echo(string text);

    Task<string> Work(string text, string gate);

    [AlwaysInterleave]
    Task<string> Interleaved(string text);

    Task Throw(string message);

    Task<string> CallThrow(string other);

    Task<string> CallBack(string other);

    Task<string> CallBackAllowed(string other);

    Task<string> CallInto(string other, string method);

    Task<int> ActivationNumber();

    Task Deactivate();

    Task<string> GrainIdText();

    Task<bool> Wait(string gate, CancellationToken cancellationToken);

    Task<string?> ContextValue(string key);

    ValueTask<int> Sum(int[] numbers);

    [OneWay]
    Task FireAndForget(string text);

    [ResponseTimeout("00:00:00.500")]
    Task Impatient(string gate);
}

public class PlainGrain : Grain, IPlainGrain
{
    private static int s_activations;
    private readonly int _number = Interlocked.Increment(ref s_activations);

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Stage.Log(Key, "activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Log(Key, $"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<string> Echo(string text) => Task.FromResult(text);

    public async Task<string> Work(string text, string gate)
    {
        Stage.Log(Key, $"{text} begins");
        await Stage.Gate(gate);
        Stage.Log(Key, $"{text} ends");
        return text;
    }

    public Task<string> Interleaved(string text)
    {
        Stage.Log(Key, text);
        return Task.FromResult(text);
    }

    public async Task Throw(string message)
    {
        await Task.Yield();
        throw new ArgumentOutOfRangeException(nameof(message), message);
    }

    public async Task<string> CallThrow(string other)
    {
        try
        {
            await GrainFactory.GetGrain<IPlainGrain>(other).Throw("inner");
            return "nothing";
        }
        catch (ArgumentOutOfRangeException e)
        {
            return e.Message;
        }
    }

    public Task<string> CallBack(string other) => GrainFactory.GetGrain<IPlainGrain>(other).CallInto(Key, nameof(Echo));

    public async Task<string> CallBackAllowed(string other)
    {
        using var section = RequestContext.AllowCallChainReentrancy();
        return await GrainFactory.GetGrain<IPlainGrain>(other).CallInto(Key, nameof(Echo));
    }

    public Task<string> CallInto(string other, string method) => method == nameof(Interleaved)
        ? GrainFactory.GetGrain<IPlainGrain>(other).Interleaved("back")
        : GrainFactory.GetGrain<IPlainGrain>(other).Echo("back");

    public Task<int> ActivationNumber() => Task.FromResult(_number);

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<string> GrainIdText() => Task.FromResult(this.GetGrainId().ToString());

    public async Task<bool> Wait(string gate, CancellationToken cancellationToken)
    {
        Stage.Log(Key, "waiting");
        try
        {
            await Stage.Gate(gate).WaitAsync(cancellationToken);
            return false;
        }
        catch (OperationCanceledException)
        {
            Stage.Log(Key, "cancelled");
            throw;
        }
    }

    public Task<string?> ContextValue(string key)
    {
        var value = RequestContext.Get(key) as string;
        RequestContext.Set(key, "changed by the callee");
        return Task.FromResult(value);
    }

    public ValueTask<int> Sum(int[] numbers) => ValueTask.FromResult(numbers.Sum());

    public Task FireAndForget(string text)
    {
        Stage.Log(Key, text);
        throw new InvalidOperationException("nobody hears this");
    }

    public Task Impatient(string gate) => Stage.Gate(gate);
}

public interface IReentrantGrain : IGrainWithStringKey
{
    Task<string> Work(string text, string gate);

    Task<string> Echo(string text);
}

[Reentrant]
public sealed class ReentrantGrain : Grain, IReentrantGrain
{
    private int _inside;

    public async Task<string> Work(string text, string gate)
    {
        Stage.Log(this.GetPrimaryKeyString(), $"{text} begins");
        await Stage.Gate(gate);
        await Task.Yield();
        Stage.Log(this.GetPrimaryKeyString(), $"{text} ends");
        return text;
    }

    public Task<string> Echo(string text)
    {
        if (Interlocked.Increment(ref _inside) != 1)
        {
            throw new InvalidOperationException("two turns at once");
        }

        Interlocked.Decrement(ref _inside);
        return Task.FromResult(text);
    }
}

public interface ICounterGrain : IGrainWithIntegerKey
{
    Task<int> Add(int by);

    Task<(int InsideNow, int MostInside)> Measure();
}

public sealed class ContractCounterGrain : Grain, ICounterGrain
{
    private int _value;
    private int _inside;
    private int _most;

    public async Task<int> Add(int by)
    {
        _most = Math.Max(_most, ++_inside);
        var value = _value;
        await Task.Yield();
        await Task.WhenAll(Task.Yield().AsTask(), Task.Yield().AsTask());
        _value = value + by;
        _inside--;
        return _value;
    }

    public Task<(int InsideNow, int MostInside)> Measure() => Task.FromResult((_inside, _most));
}

internal static class YieldExtensions
{
    public static async Task AsTask(this System.Runtime.CompilerServices.YieldAwaitable yield) => await yield;
}

public interface IWorkerGrain : IGrainWithIntegerKey
{
    Task<int> Work(string gate, string log);
}

[StatelessWorker(3)]
public sealed class WorkerGrain : Grain, IWorkerGrain
{
    private static int s_instances;
    private readonly int _number = Interlocked.Increment(ref s_instances);

    public async Task<int> Work(string gate, string log)
    {
        Stage.Log(log, "begins");
        await Stage.Gate(gate);
        return _number;
    }
}

public interface IKeptGrain : IGrainWithStringKey
{
    Task<int> Touch();
}

[KeepAlive]
public sealed class KeptGrain : Grain, IKeptGrain
{
    private int _touched;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Log(this.GetPrimaryKeyString(), $"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<int> Touch() => Task.FromResult(++_touched);
}

public interface IBrokenGrain : IGrainWithStringKey
{
    Task<string> Echo(string text);
}

/// <summary>Cannot be activated as long as its gate named "broken:key" says so.</summary>
public sealed class BrokenGrain : Grain, IBrokenGrain
{
    public static ConcurrentDictionary<string, bool> Broken { get; } = new();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Broken.ContainsKey(this.GetPrimaryKeyString()))
        {
            throw new InvalidOperationException("the parts do not fit");
        }
    }

    public Task<string> Echo(string text) => Task.FromResult(text);
}
