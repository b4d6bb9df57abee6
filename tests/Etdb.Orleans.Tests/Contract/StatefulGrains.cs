using Orleans;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Contract;

[GenerateSerializer, Immutable, Alias("test.note")]
public sealed record NoteState
{
    [Id(0)]
    public int Count { get; init; }

    [Id(1)]
    public string Text { get; init; } = "";
}

public interface INoteGrain : IGrainWithStringKey
{
    Task<int> Write(string text);

    Task<string> Read();

    Task<bool> Exists();

    Task Clear();

    Task<int> Activation();

    Task<string> FailThenTell();

    Task WriteByTimer(string text);
}

public abstract class NoteGrainBase(IPersistentState<NoteState> state) : Grain
{
    private static int s_activations;
    private readonly int _number = Interlocked.Increment(ref s_activations);
    private string _readAtActivation = "?";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _readAtActivation = state.State.Text;
        return Task.CompletedTask;
    }

    public async Task<int> Write(string text)
    {
        state.State = new NoteState { Count = state.State.Count + 1, Text = text };
        await state.WriteStateAsync();
        return state.State.Count;
    }

    public Task<string> Read() => Task.FromResult(state.State.Text + (_readAtActivation == state.State.Text ? "" : " (newer)"));

    public Task<bool> Exists() => Task.FromResult(state.RecordExists);

    public Task Clear() => state.ClearStateAsync();

    public Task<int> Activation() => Task.FromResult(_number);

    public Task WriteByTimer(string text)
    {
        this.RegisterGrainTimer(() => Write(text), TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public async Task<string> FailThenTell()
    {
        try
        {
            await Write("never");
            return "written";
        }
        catch (OrleansException e)
        {
            return e.InnerException!.Message;
        }
    }
}

public interface IDurableNoteGrain : INoteGrain;

public sealed class DurableNoteGrain([PersistentState("note")] IPersistentState<NoteState> state) : NoteGrainBase(state), IDurableNoteGrain;

public interface IFlakyNoteGrain : INoteGrain;

public sealed class FlakyNoteGrain([PersistentState("note", "Flaky")] IPersistentState<NoteState> state) : NoteGrainBase(state), IFlakyNoteGrain;

public interface IClockGrain : IGrainWithStringKey, IRemindable
{
    Task StartTimers();

    Task StartRepeating(TimeSpan period);

    Task StartFailing();

    Task StopTimers();

    Task Remind(string name, TimeSpan due, TimeSpan period);

    Task Forget(string name);

    Task<string[]> Reminders();

    Task<string> Block(string gate);

    Task<string> StartDuringCall(bool interleave);

    Task StartSetAnewDuringTick(TimeSpan due);
}

public sealed class ClockGrain : Grain, IClockGrain
{
    private readonly List<IGrainTimer> _timers = [];

    private string Key => this.GetPrimaryKeyString();

    public Task StartTimers()
    {
        foreach (var (name, due) in new[] { ("third", 450), ("first", 150), ("second", 300) })
        {
            _timers.Add(this.RegisterGrainTimer(
                (state, _) =>
                {
                    Stage.Log(Key, state);
                    return Task.CompletedTask;
                },
                name,
                new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(due), Timeout.InfiniteTimeSpan)));
        }

        return Task.CompletedTask;
    }

    public Task StartRepeating(TimeSpan period)
    {
        var ticks = 0;
        _timers.Add(this.RegisterGrainTimer(
            async () =>
            {
                Stage.Log(Key, $"tick {++ticks} begins");
                await Task.Delay(period * 3);
                Stage.Log(Key, $"tick {ticks} ends");
            },
            TimeSpan.Zero,
            period));
        return Task.CompletedTask;
    }

    public Task StartSetAnewDuringTick(TimeSpan due)
    {
        var ticks = 0;
        IGrainTimer? timer = null;
        timer = this.RegisterGrainTimer(
            async stop =>
            {
                Stage.Log(Key, $"tick {++ticks}");
                if (ticks < 3)
                {
                    timer!.Change(due, Timeout.InfiniteTimeSpan);
                    await Task.Delay(150, stop);
                }
            },
            new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan) { Interleave = true });
        _timers.Add(timer);
        return Task.CompletedTask;
    }

    public Task StartFailing()
    {
        var ticks = 0;
        _timers.Add(this.RegisterGrainTimer(
            () =>
            {
                Stage.Log(Key, $"tick {++ticks}");
                throw new InvalidOperationException("a tick that fails");
            },
            TimeSpan.FromMilliseconds(20),
            TimeSpan.FromMilliseconds(20)));
        return Task.CompletedTask;
    }

    public Task StopTimers()
    {
        _timers.ForEach(static t => t.Dispose());
        Stage.Log(Key, "stopped");
        return Task.CompletedTask;
    }

    public Task Remind(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task Forget(string name)
    {
        var reminder = await this.GetReminder(name);
        await this.UnregisterReminder(reminder!);
    }

    public async Task<string[]> Reminders() => [.. (await this.GetReminders()).Select(static r => r.ReminderName).Order(StringComparer.Ordinal)];

    public async Task<string> Block(string gate)
    {
        Stage.Log(Key, "blocked");
        await Stage.Gate(gate);
        Stage.Log(Key, "unblocked");
        return gate;
    }

    public async Task<string> StartDuringCall(bool interleave)
    {
        var ticked = false;
        using var timer = this.RegisterGrainTimer(
            () =>
            {
                ticked = true;
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan) { Interleave = interleave });
        await Task.Delay(300);
        return ticked ? "ticked during the call" : "waited";
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Stage.Log(Key, $"reminded {reminderName}");
        return Task.CompletedTask;
    }
}
