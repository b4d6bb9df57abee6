using Etdb.Ledger.Indexing.Reading;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

/// <summary>
/// The index and its store as one: a step is applied to the state machine, then committed; when the commit fails the state machine is built
/// again from the store, so the two never differ. Safe for several threads: steps and reads take turns.
/// </summary>
public sealed class LedgerIndex : IDisposable
{
    /// <summary>Blocks that can be taken back in memory; ten times FLO's own limit. Deeper ones are taken back by building again.</summary>
    public const int DefaultUndoDepth = 1000;

    private readonly Lock _gate = new();
    private readonly LedgerIndexStore _store;
    private readonly CommentReader _reader;
    private readonly VerifiedSignatures _memory;
    private readonly RunReader _runs;
    private readonly int _undoDepth;
    private OipIndex _index;
    private long _comments;
    private long _active;

    private LedgerIndex(LedgerIndexStore store, FloNetwork network, int startHeight, int undoDepth)
    {
        _undoDepth = undoDepth;
        _store = store;
        Network = network;
        StartHeight = startHeight;
        _memory = new VerifiedSignatures(network);
        var verifier = new FloMessageVerifier(network);
        _reader = new CommentReader(RulesOf(network), new RememberingVerifier(verifier, _memory));
        _runs = new RunReader(RulesOf(network), verifier, _memory, _reader);
        _index = LoadRemembering(int.MaxValue);
        _comments = store.CommentCount();
        _active = _index.Records().Count(r => !r.IsDeactivated);
    }

    /// <summary>Network it indexes.</summary>
    public FloNetwork Network { get; }

    /// <summary>First height it indexes.</summary>
    public int StartHeight { get; }

    /// <summary>Reads the comments of a run of blocks, on all cores, ahead of <see cref="Apply"/>; <paramref name="check"/> judges each block first.</summary>
    internal IReadOnlyList<IncomingBlock> ReadRun(IReadOnlyList<(FloBlock Block, int Height)> blocks, Action<FloBlock, int> check) => _runs.Read(blocks, check);

    /// <summary>Reads comments by the network's rules; pure, for use ahead of <see cref="Apply"/>.</summary>
    public CommentReader Reader => _reader;

    /// <summary>The rules of a network: only the main network has height rules.</summary>
    public static OipRules RulesOf(FloNetwork network) => ReferenceEquals(network, FloNetwork.Main) ? OipRules.Main : OipRules.Test;

    /// <summary>Opens or makes the index file and brings the state machine to its tip.</summary>
    /// <exception cref="FormatException">The file belongs to another network, start height or layout.</exception>
    public static LedgerIndex Open(string path, FloNetwork network, int startHeight = 0, int undoDepth = DefaultUndoDepth)
    {
        var store = LedgerIndexStore.Open(path, network, startHeight);
        try
        {
            return new LedgerIndex(store, network, startHeight, undoDepth);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The last block; null when empty.</summary>
    public IndexTip? Tip => Read(index => index.Tip);

    /// <summary>Looks at the state machine between two steps.</summary>
    public T Read<T>(Func<OipIndex, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        lock (_gate)
        {
            return look(_index);
        }
    }

    /// <summary>Looks at the store between two steps.</summary>
    public T ReadStore<T>(Func<LedgerIndexStore, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        lock (_gate)
        {
            return look(_store);
        }
    }

    /// <summary>Log entries after a sequence and where the index stands.</summary>
    public FeedBatch ReadFeed(long sequence, int limit, long? nodeHeight, string? problem)
    {
        lock (_gate)
        {
            _store.MakeDurable();
            var tip = _index.Tip;
            return new FeedBatch(
                _store.ReadEvents(sequence, limit), tip?.Height ?? -1, tip?.Hash ?? "", tip?.Time ?? 0, nodeHeight, _comments, _active, problem);
        }
    }

    /// <summary>Keeps how entries of the log are numbered for those who follow it; on the disk when it returns.</summary>
    public void Keep(LogNumbering numbering)
    {
        ArgumentNullException.ThrowIfNull(numbering);
        lock (_gate)
        {
            _store.Keep(numbering);
        }
    }

    /// <summary>Waits until all steps are on the disk.</summary>
    internal void MakeDurable()
    {
        lock (_gate)
        {
            _store.MakeDurable();
        }
    }

    /// <summary>Takes back every block above <paramref name="forkHeight"/> and connects <paramref name="blocks"/>, all or nothing.</summary>
    /// <param name="forkHeight">Highest block that stays.</param>
    /// <param name="blocks">The blocks above it, ascending.</param>
    /// <param name="tip">Height the chain is known to reach: how to take back is not noted for blocks too deep below it.</param>
    public void Apply(int forkHeight, IReadOnlyList<IncomingBlock> blocks, int tip = 0)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        lock (_gate)
        {
            try
            {
                ApplyLocked(forkHeight, blocks, tip);
            }
            catch
            {
                // Whatever failed, the store holds the last whole step.
                _index = LoadRemembering(int.MaxValue);
                throw;
            }
        }
    }

    private void ApplyLocked(int forkHeight, IReadOnlyList<IncomingBlock> blocks, int tip)
    {
        var net = new NetChanges();
        var isReorganisation = _index.Tip is { } last && last.Height > forkHeight;
        var refusals = _index.RefusalLog.Count;
        if (isReorganisation)
        {
            TakeBack(forkHeight, net);
        }

        foreach (var block in blocks)
        {
            if (block.Ahead is not null)
            {
                _index.ReadAhead(block.Ahead);
            }

            net.Add(_index.Connect(block.ToOip(), IsUndoable(block.Height, tip)));
        }

        var changes = net.ToChanges();
        var log = _index.RefusalLog;
        _store.Commit(new IndexCommit(
            isReorganisation ? forkHeight + 1 : null, blocks, changes, _index.Tip,
            _index.PendingMultiparts(), isReorganisation ? log : null, isReorganisation ? [] : [.. log.Skip(refusals)], _memory.TakeFresh()));
        _index.ReadAhead(null);
        _memory.Trim();
        _comments = isReorganisation ? _store.CommentCount() : _comments + blocks.Sum(b => b.Comments.Count);
        _active += changes.Records.Sum(c => (c.After is { IsDeactivated: false } ? 1 : 0) - (c.Before is { IsDeactivated: false } ? 1 : 0));
    }

    private bool IsUndoable(long height, long tip) => height > tip - _undoDepth;

    private void TakeBack(int forkHeight, NetChanges net)
    {
        var depth = _index.Tip!.Height - forkHeight;
        if (depth > _index.UndoableBlocks)
        {
            var before = _index.Records().ToDictionary(r => r.Txid);
            var registrations = _index.Registrations();
            _index = LoadRemembering(forkHeight);
            net.AddDifference(before, registrations, _index);
            return;
        }

        while (_index.Tip is { } tip && tip.Height > forkHeight)
        {
            net.Add(_index.Disconnect(tip.Hash));
        }
    }

    /// <summary>Builds the state from the store. Signatures the store remembers are not computed again; those it does not are, and are remembered.</summary>
    private OipIndex LoadRemembering(int toHeight)
    {
        _memory.Load(_store.Verified());
        var index = Load(toHeight);
        _store.AddVerified(_memory.TakeFresh());
        _memory.Trim(all: true);
        return index;
    }

    private OipIndex Load(int toHeight)
    {
        var index = new OipIndex(_reader, _undoDepth);
        Hash256? previous = null;
        var tip = Math.Min(toHeight, _store.LastHeight());
        try
        {
            foreach (var block in _store.Blocks(toHeight).AsParallel().AsOrdered().Select(ReadStored))
            {
                if (previous is { } parent && block.Header.Previous != parent)
                {
                    throw LedgerIndexStore.Damaged(block.Block.Height, "does not follow the block before it");
                }

                previous = block.Header.Hash;
                index.Connect(block.Block, IsUndoable(block.Block.Height, tip));
            }
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<FormatException>().FirstOrDefault() is { } damage)
        {
            throw new FormatException(damage.Message, e);
        }

        return index;
    }

    private (FloBlockHeader Header, OipBlock Block) ReadStored(StoredBlock stored)
    {
        var transactions = stored.Comments.Select(comment =>
        {
            // What is in its block is what was indexed: a store that was changed is noticed here, whatever signatures it remembers.
            var transaction = LedgerIndexStore.ParseStored(stored.Height, comment.Raw);
            return comment.Proof.Verify(transaction.Txid, stored.Header.MerkleRoot)
                ? new OipTransaction(transaction.Txid.ToString(), _reader.Read(transaction.FloData, stored.Height, transaction.IsCoinbase))
                : throw LedgerIndexStore.Damaged(stored.Height, $"does not hold transaction {transaction.Txid}");
        });
        return (stored.Header, new OipBlock(stored.Height, stored.Header.Hash.ToString(), stored.Header.Time, [.. transactions]));
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
