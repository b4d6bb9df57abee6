using Etdb.Grains.State;
using Orleans.Runtime;

namespace Etdb.Grains.Tests.State;

/// <summary>Writes never overlap, are shared, and a failed one ends the grain. Turns are taken one at a time, as a grain takes them.</summary>
public sealed class StateWriterTests
{
    private readonly SlowState _state = new();
    private int _deactivated;

    [Fact]
    public Task Changes_made_during_a_write_are_written_together_by_the_next() => InTurns(async () =>
    {
        var writer = Writer();
        writer.Value = "a";
        var first = writer.SaveAsync();
        writer.Value = "b";
        var second = writer.SaveAsync();
        writer.Value = "c";
        var third = writer.SaveAsync();
        Assert.False(first.IsCompleted);
        await _state.FinishAsync();
        await first;
        Assert.False(second.IsCompleted);
        await _state.FinishAsync();
        await Task.WhenAll(second, third);
        Assert.Equal(["a", "c"], _state.Written);
        Assert.False(writer.Dirty);
    });

    [Fact]
    public Task Nothing_is_written_when_nothing_changed() => InTurns(async () =>
    {
        await Writer().SaveAsync();
        Assert.Empty(_state.Written);
    });

    [Fact]
    public Task After_a_failed_write_the_grain_is_sent_away_and_no_later_save_succeeds() => InTurns(async () =>
    {
        var writer = Writer();
        writer.Value = "a";
        var first = writer.SaveAsync();
        _state.Fail();
        await Assert.ThrowsAsync<IOException>(() => first);
        Assert.Equal(1, _deactivated);
        writer.Value = "b";
        await Assert.ThrowsAsync<OrleansException>(writer.SaveAsync);
        Assert.Empty(_state.Written);
    });

    /// <summary>The tests' own context would let what waited for one write go on by several threads.</summary>
    private static Task InTurns(Func<Task> test) => Task.Factory.StartNew(
        test, TestContext.Current.CancellationToken, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    private StateWriter<string> Writer() => new(_state, () => _deactivated++);

    private sealed class SlowState : IPersistentState<string>
    {
        private TaskCompletionSource? _write;
        private TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private string? _writing;

        public List<string> Written { get; } = [];

        public string State { get; set; } = "";

        public string? Etag => null;

        public bool RecordExists => true;

        public async Task FinishAsync()
        {
            await _started.Task;
            _started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Written.Add(_writing!);
            _write!.SetResult();
        }

        public void Fail() => _write!.SetException(new IOException("disk"));

        public Task ClearStateAsync() => Task.CompletedTask;

        public Task ReadStateAsync() => Task.CompletedTask;

        public Task WriteStateAsync()
        {
            Assert.True(_write is not { Task.IsCompleted: false }, "two writes at once");
            _write = new TaskCompletionSource();
            _writing = State;
            _started.TrySetResult();
            return _write.Task;
        }
    }
}
