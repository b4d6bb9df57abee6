using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Embedded;

public interface ISimCounterGrain : IGrainWithStringKey
{
    Task<long> Add(long by);

    Task<long> AddVia(string other, long by, int hops);

    Task<string> Delayed(TimeSpan wait);

    Task<string> DelayedInLibrary(TimeSpan wait);

    Task Escape(ManualResetEventSlim back);

    Task<string[]> Journal();

    Task Note(string text, int awaits);

    Task<long> Stored();
}

[Immutable]
public sealed record SimCounterState(long Value);

public sealed class SimCounterGrain(
    [PersistentState("counter")] IPersistentState<SimCounterState> state, TimeProvider time) : Grain, ISimCounterGrain
{
    private static readonly List<string> Shared = [];
    private readonly List<string> _journal = [];
    private long _value;

    public static List<string> SharedJournal => Shared;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _value = state.RecordExists ? state.State.Value : 0;
        return Task.CompletedTask;
    }

    public Task<long> Add(long by)
    {
        _value += by;
        return Task.FromResult(_value);
    }

    public async Task<long> AddVia(string other, long by, int hops)
    {
        await Task.Yield();
        var peer = GrainFactory.GetGrain<ISimCounterGrain>(other);
        return hops == 0 ? await peer.Add(by) : await peer.AddVia(other + hops, by, hops - 1);
    }

    public async Task<string> Delayed(TimeSpan wait)
    {
        await Task.Delay(wait, time);
        return time.GetUtcNow().ToString("O");
    }

    public async Task<string> DelayedInLibrary(TimeSpan wait)
    {
        var text = await Library(GrainFactory.GetGrain<ISimCounterGrain>("library"), wait, time);
        return $"{text} {TaskScheduler.Current != TaskScheduler.Default}";
    }

    public Task Escape(ManualResetEventSlim back)
    {
        // A turn handed to this grain from the thread pool, as an await with ConfigureAwait(false) hands one: the event says that it has been handed over.
        var home = TaskScheduler.Current;
        var escaped = Task.Run(() =>
        {
            var turn = Task.Factory.StartNew(static () => { }, CancellationToken.None, TaskCreationOptions.None, home);
            back.Set();
            return turn;
        });
        back.Wait();
        return escaped;
    }

    public Task<string[]> Journal() => Task.FromResult(_journal.ToArray());

    public async Task Note(string text, int awaits)
    {
        for (var i = 0; i < awaits; i++)
        {
            Shared.Add($"{text}{i}");
            await Task.Yield();
        }
    }

    public async Task<long> Stored()
    {
        await Task.Yield();
        state.State = new SimCounterState(_value + 1);
        await state.WriteStateAsync();
        _value++;
        await Task.Yield();
        return _value;
    }

    private static async Task<string> Library(ISimCounterGrain peer, TimeSpan wait, TimeProvider time)
    {
        await peer.Add(1).ConfigureAwait(false);
        await Task.Delay(wait, time).ConfigureAwait(false);
        return (await peer.Add(1).ConfigureAwait(false)).ToString();
    }
}
