namespace Etdb.Storage.Grains;

/// <summary>One write in a batch. It is executed inside the batch's transaction and answered after the commit.</summary>
internal abstract class GrainOperation
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it is durable, or failed.</summary>
    public Task Done => _done.Task;

    /// <summary>What this operation alone failed with, for example a conflict; the batch goes on.</summary>
    protected Exception? Failure { get; set; }

    /// <summary>Does it, inside the transaction. Must leave no partial effect when it sets <see cref="Failure"/>.</summary>
    public abstract void Execute(GrainWriter writer);

    /// <summary>Answers. <paramref name="batchFailure"/> is set when the whole transaction failed.</summary>
    public void Complete(Exception? batchFailure)
    {
        if ((batchFailure ?? Failure) is { } failure)
        {
            _done.SetException(failure);
        }
        else
        {
            _done.SetResult();
        }
    }
}
