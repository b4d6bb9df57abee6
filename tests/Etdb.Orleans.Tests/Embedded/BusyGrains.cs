using Etdb.Orleans.Tests.Contract;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>What grains do that wait for time and for each other.</summary>
public interface IBusy : IGrainWithStringKey
{
    Task<string> Work(TimeSpan time);

    [AlwaysInterleave]
    Task<string> Glance();

    Task<int> Take(byte[] bytes);

    Task TickOnce(TimeSpan due);

    Task<string> AskBusy(string key, TimeSpan work);

    Task<string> AskOpen(string key, TimeSpan first, TimeSpan work);

    Task<string> Begin(string busy, TimeSpan first, TimeSpan work);

    Task<string> AskGlance(string key);

    Task<string> AskAll(string slow, string back);

    Task<string> EndAndAsk(string other, bool interleaved);
}

/// <summary>One call at a time.</summary>
public interface IBusyGrain : IBusy;

/// <summary>Calls interleave.</summary>
public interface IOpenGrain : IBusy;

public sealed class BusyGrain(TimeProvider clock) : BusyBase(clock), IBusyGrain;

[Reentrant]
public sealed class OpenGrain(TimeProvider clock) : BusyBase(clock), IOpenGrain;

public abstract class BusyBase(TimeProvider clock) : Grain
{
    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Stage.Log(Key, "activated");
        return Task.CompletedTask;
    }

    public async Task<string> Work(TimeSpan time)
    {
        await Task.Delay(time, clock);
        return $"worked in {Key}";
    }

    public Task<string> Glance() => Task.FromResult($"seen in {Key}");

    public Task<int> Take(byte[] bytes) => Task.FromResult(bytes.Length);

    public Task TickOnce(TimeSpan due)
    {
        this.RegisterGrainTimer(
            () =>
            {
                Stage.Log(Key, "ticked");
                return Task.CompletedTask;
            },
            due,
            Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task<string> AskBusy(string key, TimeSpan work) => GrainFactory.GetGrain<IBusyGrain>(key).Work(work);

    public async Task<string> AskOpen(string key, TimeSpan first, TimeSpan work)
    {
        await Task.Delay(first, clock);
        return await GrainFactory.GetGrain<IOpenGrain>(key).Work(work);
    }

    public Task<string> Begin(string busy, TimeSpan first, TimeSpan work) => GrainFactory.GetGrain<IBusyGrain>(busy).AskOpen(Key, first, work);

    public Task<string> AskGlance(string key) => GrainFactory.GetGrain<IBusyGrain>(key).Glance();

    public async Task<string> AskAll(string slow, string back)
    {
        var answers = await Task.WhenAll(GrainFactory.GetGrain<IBusyGrain>(slow).Work(TimeSpan.FromHours(1)), GrainFactory.GetGrain<IBusyGrain>(back).AskBusy(Key, TimeSpan.Zero));
        return string.Join(',', answers);
    }

    public async Task<string> EndAndAsk(string other, bool interleaved)
    {
        DeactivateOnIdle();
        var peer = GrainFactory.GetGrain<IBusyGrain>(other);
        if (interleaved)
        {
            return await peer.AskGlance(Key);
        }

        using var section = RequestContext.AllowCallChainReentrancy();
        return await peer.AskBusy(Key, TimeSpan.Zero);
    }
}

public interface IBriefGrain : IGrainWithStringKey
{
    Task<string> Echo(string text);
}

/// <summary>Is to end as soon as it has begun.</summary>
public sealed class BriefGrain : Grain, IBriefGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<string> Echo(string text) => Task.FromResult(text);
}
