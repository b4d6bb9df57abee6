using System.Globalization;
using Etdb.Ledger.Indexing.Reading;
using Etdb.Ledger.Indexing.State;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

/// <summary>
/// The state of OIP at one block: a deterministic state machine. <see cref="Connect"/> takes the next block, <see cref="Disconnect"/> takes the last
/// one back exactly; nothing else changes it. The same chain gives the same state however it was reached: block by block, in
/// batches, or over a reorganisation and back. It does no I/O and knows no clock: "a week" is a week of header time.
/// Not safe for several threads; the values it hands out are immutable.
/// </summary>
public sealed partial class OipIndex
{
    /// <summary>Positions in a block and completions they set off; far above the transactions a block can hold.</summary>
    private const long OrderPerBlock = 1L << 24;

    private readonly CommentReader _reader;
    private readonly int _undoDepth;
    private readonly UndoJournal _journal = new();
    private readonly LinkedList<(IndexTip Tip, IndexTip? Parent, List<Action> Undo)> _blocks = [];

    private readonly TrackedMap<string, IndexedRecord> _records;
    private readonly TrackedMap<string, string> _identities;
    private readonly TrackedMap<string, string> _usedTexts;
    private readonly TrackedMap<(string Role, string Address), IndexedRegistration> _registrations;
    private readonly TrackedMap<string, string> _registrationAddresses;
    private readonly TrackedMap<string, PendingActions> _pendingActions;
    private readonly TrackedCounter _pendingActionCount;
    private readonly TrackedSet<Deadline> _deadlines;
    private readonly TrackedLog<Refusal> _refusals;
    private readonly TrackedCounter _kept;
    private AssembledAhead? _ahead;
    private long _order;

    /// <summary>An empty index.</summary>
    /// <param name="reader">Reads records that are assembled from parts.</param>
    /// <param name="undoDepth">How many blocks can be taken back; the follower rebuilds from its store beyond that.</param>
    public OipIndex(CommentReader reader, int undoDepth)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegative(undoDepth);
        _reader = reader;
        _undoDepth = undoDepth;
        _records = new(_journal);
        _identities = new(_journal);
        _usedTexts = new(_journal);
        _registrations = new(_journal);
        _registrationAddresses = new(_journal);
        _pendingActions = new(_journal);
        _pendingActionCount = new(_journal);
        _deadlines = new(_journal);
        _refusals = new(_journal);
        _kept = new(_journal);
        _groups = new(_journal);
        _groupsByKey = new(_journal);
        _waiting = new(_journal);
        _completed = new(_journal);
        _pendingParts = new(_journal);
    }

    /// <summary>The last block; null when empty.</summary>
    public IndexTip? Tip { get; private set; }

    /// <summary>Records, active or not.</summary>
    public int RecordCount => _records.Count;

    /// <summary>OIP 5 and historian messages that verified; they change nothing here.</summary>
    public long KeptCount => _kept.Value;

    /// <summary>How many blocks <see cref="Disconnect"/> can still take back.</summary>
    public int UndoableBlocks => _blocks.Count;

    /// <summary>The record of that id, active or not; null when there is none.</summary>
    public IndexedRecord? Find(string txid) => _records.Find(txid);

    /// <summary>All records in chain order.</summary>
    public IReadOnlyList<IndexedRecord> Records() => [.. _records.Values.OrderBy(r => r.Versions[0].Place.Order)];

    /// <summary>All records as they lie, for readers that sort them by themselves.</summary>
    internal IReadOnlyList<IndexedRecord> RecordsInAnyOrder() => [.. _records.Values];

    /// <summary>The registration in force for an address; null when there is none.</summary>
    public IndexedRegistration? FindRegistration(string role, string address) => _registrations.Find((role, address));

    /// <summary>All registrations, by role and address.</summary>
    public IReadOnlyList<IndexedRegistration> Registrations() =>
        [.. _registrations.Values.OrderBy(r => r.Message.Role, StringComparer.Ordinal).ThenBy(r => r.Message.Address, StringComparer.Ordinal)];

    /// <summary>Everything recognised and not taken, in chain order; edits that do not apply to their record at the end.</summary>
    public IReadOnlyList<Refusal> Refusals() =>
        [.. _refusals.Items, .. Records().SelectMany(r => r.RefusedEdits).OrderBy(r => r.Height).ThenBy(r => r.Txid, StringComparer.Ordinal)];

    /// <summary>Refusals in chain order, without edits that do not apply.</summary>
    internal IReadOnlyList<Refusal> RefusalLog => _refusals.Items;

    /// <summary>Takes the next block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="canUndo">False for a block so deep below the chain's tip that its list would be dropped again: none is kept, nor those before it.</param>
    /// <exception cref="InvalidOperationException">The block is not above the tip.</exception>
    public IndexChanges Connect(OipBlock block, bool canUndo = true)
    {
        ArgumentNullException.ThrowIfNull(block);
        if (Tip is { } tip && block.Height <= tip.Height)
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"Block {block.Hash} has height {block.Height}, but the index is at {tip.Height}."));
        }

        if (canUndo)
        {
            _journal.Begin();
        }

        Track();
        _order = block.Height * OrderPerBlock;
        Expire(block);
        foreach (var transaction in block.Transactions)
        {
            Take(transaction, block);
        }

        Close(new IndexTip(block.Height, block.Hash, block.Time), canUndo);
        return Changes();
    }

    private void Close(IndexTip tip, bool canUndo)
    {
        if (!canUndo)
        {
            _blocks.Clear();
        }
        else
        {
            _blocks.AddLast((tip, Tip, _journal.End()));
            while (_blocks.Count > _undoDepth)
            {
                _blocks.RemoveFirst();
            }
        }

        Tip = tip;
    }

    /// <summary>Gives the index records that were read ahead, for the blocks that come now; null when there are none.</summary>
    internal void ReadAhead(AssembledAhead? ahead) => _ahead = ahead;

    /// <summary>Takes the last block back.</summary>
    /// <exception cref="InvalidOperationException">The block is not the tip, or lies deeper than the index can undo.</exception>
    public IndexChanges Disconnect(string hash)
    {
        if (Tip is null || Tip.Hash != hash)
        {
            throw new InvalidOperationException($"Block {hash} is not the tip ({Tip?.Hash ?? "none"}).");
        }

        if (_blocks.Last is not { } last)
        {
            throw new InvalidOperationException($"Block {hash} lies deeper than the {_undoDepth} blocks that can be taken back.");
        }

        Track();
        UndoJournal.Undo(last.Value.Undo);
        Tip = last.Value.Parent;
        _blocks.RemoveLast();
        return Changes();
    }

    private void Track()
    {
        _records.TrackTouched();
        _registrations.TrackTouched();
    }

    private IndexChanges Changes()
    {
        var records = _records.TakeTouched()
            .Select(t => new RecordChange(t.Key, t.Value, _records.Find(t.Key)))
            .Where(c => !ReferenceEquals(c.Before, c.After));
        var registrations = _registrations.TakeTouched()
            .Select(t => new RegistrationChange(t.Key.Role, t.Key.Address, t.Value, _registrations.Find(t.Key)))
            .Where(c => !ReferenceEquals(c.Before, c.After));
        return new IndexChanges([.. records], [.. registrations]);
    }

    private void Take(OipTransaction transaction, OipBlock block)
    {
        var place = new ChainPlace(transaction.Txid, block.Height, block.Time, ++_order);
        if (transaction.Message is PartMessage { Part: var part })
        {
            TakePart(place, part);
            return;
        }

        Apply(new Origin(place, null, false), transaction.Message);
    }

    private void Refuse(string txid, OipReason reason, long height) => _refusals.Append(new Refusal(txid, reason, height));

    private void Refuse(Origin origin, OipReason reason) => Refuse(origin.Place.Txid, reason, origin.Place.Height);

    /// <summary>Where a message comes from.</summary>
    /// <param name="Place">Its place.</param>
    /// <param name="PartsSigner">Who signed its parts; null when it came in one comment.</param>
    /// <param name="IsBoundByParts">The part signatures cover all of it.</param>
    private sealed record Origin(ChainPlace Place, string? PartsSigner, bool IsBoundByParts);

    /// <summary>Waits end in this order.</summary>
    private readonly record struct Deadline(long Time, long Order, bool IsAction, string Id, string Address) : IComparable<Deadline>
    {
        public int CompareTo(Deadline other)
        {
            var order = Time.CompareTo(other.Time);
            order = order != 0 ? order : Order.CompareTo(other.Order);
            order = order != 0 ? order : IsAction.CompareTo(other.IsAction);
            order = order != 0 ? order : string.CompareOrdinal(Id, other.Id);
            return order != 0 ? order : string.CompareOrdinal(Address, other.Address);
        }
    }
}
