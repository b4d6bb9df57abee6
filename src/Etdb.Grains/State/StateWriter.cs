namespace Etdb.Grains.State;

/// <summary>
/// Durable state of one grain, safe under interleaved turns: writes never overlap, writes asked for while one runs are served together
/// by the next, and <see cref="SaveAsync"/> returns only when the change made before it is on disk. The plain way, one
/// <c>WriteStateAsync</c> a turn, breaks in a reentrant grain (two writes with one ETag) and costs a write a change.
/// <para>After a failed write nobody knows what the store holds: the writer refuses every further save and asks for the grain to be
/// deactivated, so that the next activation reads the truth. Used only on the grain's own scheduler.</para>
/// </summary>
internal sealed class StateWriter<T>(IPersistentState<T> state, Action deactivate)
    where T : class
{
    private long _changes;
    private long _saved;
    private bool _broken;
    private Task? _writing;

    /// <summary>The value as changed last; replaced whole, never mutated.</summary>
    public T Value
    {
        get => state.State;
        set
        {
            if (!ReferenceEquals(state.State, value))
            {
                state.State = value;
                _changes++;
            }
        }
    }

    /// <summary>Whether anything was ever stored under this key.</summary>
    public bool Exists => state.RecordExists;

    /// <summary>Whether a change has not been written yet.</summary>
    public bool Dirty => _saved < _changes;

    /// <summary>Returns when everything changed up to now is durable. Throws what the store threw; the grain is then on its way out.</summary>
    public async Task SaveAsync()
    {
        var wanted = _changes;
        while (_saved < wanted)
        {
            if (_broken)
            {
                throw new OrleansException("An earlier write of this grain's state failed; the grain is being reloaded. Call again.");
            }

            if (_writing is not { IsCompleted: false })
            {
                _writing = WriteAsync();
            }

            await _writing;
        }
    }

    private async Task WriteAsync()
    {
        var upTo = _changes;
        try
        {
            await state.WriteStateAsync();
            _saved = Math.Max(_saved, upTo);
        }
        catch
        {
            _broken = true;
            deactivate();
            throw;
        }
    }
}
