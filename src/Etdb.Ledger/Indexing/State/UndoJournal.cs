namespace Etdb.Ledger.Indexing.State;

/// <summary>Takes down how to undo every change of one block. Used by one thread at a time: the index is a state machine, not a service.</summary>
internal sealed class UndoJournal
{
    private List<Action>? _current;

    /// <summary>Whether changes are taken down. Ask before making the step: a block that is never taken back should cost nothing.</summary>
    public bool IsOpen => _current is not null;

    /// <summary>Starts the list of a new block.</summary>
    public void Begin() => _current = [];

    /// <summary>Ends the block and hands out its list.</summary>
    public List<Action> End()
    {
        var undo = _current ?? throw new InvalidOperationException("No block is open.");
        _current = null;
        return undo;
    }

    /// <summary>Adds one step; outside a block (while undoing) nothing is taken down.</summary>
    public void Add(Action undo) => _current?.Add(undo);

    /// <summary>Undoes, last step first.</summary>
    public static void Undo(List<Action> steps)
    {
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            steps[i]();
        }
    }
}
