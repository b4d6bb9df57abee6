using System.Collections.Concurrent;

namespace Etdb.Storage.Sqlite;

/// <summary>
/// One thread with a name that runs what it is given, one after the other. SQLite does not give its thread back while it waits for the disk, and the pool has one thread for each
/// core; and the name says in every profile which database the time went into.
/// </summary>
internal sealed class WriterThread : TaskScheduler, IDisposable
{
    private readonly BlockingCollection<Task> _work = [];

    public WriterThread(string name) => new Thread(Work) { IsBackground = true, Name = name }.Start();

    /// <inheritdoc/>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs it on the thread.</summary>
    public Task RunAsync(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, this);

    /// <summary>Runs it on the thread; it must not leave it.</summary>
    public Task RunAsync(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();

    /// <summary>Ends the thread once it has done what it was given.</summary>
    public void Dispose() => _work.CompleteAdding();

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => _work.Add(task);

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _work;

    private void Work()
    {
        foreach (var task in _work.GetConsumingEnumerable())
        {
            TryExecuteTask(task);
        }

        _work.Dispose();
    }
}
