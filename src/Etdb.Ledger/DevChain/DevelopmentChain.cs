using System.Buffers.Binary;

namespace Etdb.Ledger.DevChain;

/// <summary>
/// A whole FLO chain in one object, for development, demonstrations and tests: FLO's consensus rules on regtest's difficulty, UTXO set, mempool with FLO's
/// relay policy, mining on demand, reorganisations. What it has acknowledged survives a killed process. Safe for use by many threads; one lock
/// guards all state. Its name and genesis block say that it is no money.
/// </summary>
public sealed partial class DevelopmentChain : IDisposable
{
    private const string LogFile = "development-chain.log";

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly BlockLog _log;
    private readonly int _largestReorganisation;
    private readonly MempoolLimits _limits;
    private readonly Dictionary<Hash256, ChainEntry> _entries = [];
    private readonly Dictionary<Hash256, (ChainEntry Entry, int Index)> _transactions = [];
    private readonly List<ChainEntry> _best = [];
    private readonly UtxoSet _utxo = new();
    private readonly Mempool _mempool = new();

    // Completed and replaced under the lock at each change of the tip; awaited by anyone.
    private TaskCompletionSource _tipChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _broken;
    private bool _replaying;
    private long _order;

    private DevelopmentChain(DevelopmentChainOptions options, TimeProvider time)
    {
        Network = options.Network;
        _time = time;
        _limits = options.Mempool;
        _largestReorganisation = options.LargestReorganisation ?? options.Network.LargestReorganisation;
        if (options.DataFolder is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        _log = BlockLog.Open(options.DataFolder is null ? null : Path.Combine(options.DataFolder, LogFile));
        var genesis = Network.Genesis;
        var entry = new ChainEntry(genesis.Header, null, genesis.Transactions.Length, genesis.Raw.Length, _order++) { Undo = [] };
        _entries.Add(entry.Hash, entry);
        _best.Add(entry);
    }

    /// <summary>The rules it runs by.</summary>
    public FloNetwork Network { get; }

    /// <summary>Last block of the best chain.</summary>
    public ChainEntry Tip
    {
        get
        {
            lock (_lock)
            {
                return _best[^1];
            }
        }
    }

    /// <summary>Completes when the tip changes from what it was when this was read.</summary>
    public Task TipChanged
    {
        get
        {
            lock (_lock)
            {
                return _tipChanged.Task;
            }
        }
    }

    /// <summary>Opens a chain, replaying its log. Throws <see cref="InvalidDataException"/> when the log is damaged.</summary>
    public static DevelopmentChain Open(DevelopmentChainOptions options, TimeProvider time)
    {
        var chain = new DevelopmentChain(options, time);
        try
        {
            chain.Replay();
            return chain;
        }
        catch
        {
            chain.Dispose();
            throw;
        }
    }

    /// <summary>Returns when everything acknowledged so far is on the disk; answers to others must wait for it.</summary>
    public void Flush() => _log.Flush();

    /// <inheritdoc/>
    public void Dispose() => _log.Dispose();

    private void Replay()
    {
        lock (_lock)
        {
            _replaying = true;
            foreach (var (position, kind, bytes) in _log.Replay())
            {
                Apply(position, kind, bytes);
            }

            _replaying = false;
        }
    }

    private void Apply(long position, LogKind kind, byte[] bytes)
    {
        switch (kind)
        {
            case LogKind.Block:
                AcceptBlock(FloBlock.Parse(bytes), position);
                break;
            case LogKind.Transaction:
                var time = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes));
                AcceptTransaction(FloTransaction.Parse(bytes.AsMemory(sizeof(long))), time, anyFee: true);
                break;
            case LogKind.Invalidate:
                SetInvalid(_entries[new Hash256(bytes)], invalid: true);
                break;
            case LogKind.Reconsider:
                SetInvalid(_entries[new Hash256(bytes)], invalid: false);
                break;
            case LogKind.Expire:
                _mempool.RemoveWithDescendants(new Hash256(bytes));
                break;
            default:
                throw new InvalidDataException($"The development chain's log has an entry of unknown kind {(int)kind} at byte {position}.");
        }
    }

    /// <summary>Writes what has just been done to the log. When that fails, memory is ahead of the disk and nothing more may be acknowledged.</summary>
    private long Log(LogKind kind, ReadOnlySpan<byte> bytes)
    {
        if (_replaying)
        {
            return -1;
        }

        try
        {
            return _log.Append(kind, bytes);
        }
        catch (Exception e)
        {
            _broken = e;
            throw;
        }
    }

    private void ThrowIfBroken()
    {
        if (_broken is not null)
        {
            throw new IOException("The development chain could not write its log and takes nothing more; free the disk and restart it.", _broken);
        }
    }
}
