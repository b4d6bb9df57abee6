using Etdb.Domain.Records;
using Etdb.Grains.Ports;

namespace Etdb.Simulation.Model;

/// <summary>The index of a ledger: a log of events that only grows, and a mempool that accepts what is offered.</summary>
internal sealed class SimLedger(World world) : ILedgerFeed, ILedgerBroadcaster
{
    private readonly List<LedgerEvent> _events = [];
    private readonly Dictionary<DatasetId, LedgerEvent> _last = [];
    private readonly Dictionary<string, DateTimeOffset> _known = new(StringComparer.Ordinal);

    public long Height { get; private set; } = 1;

    public IReadOnlyList<LedgerEvent> Events => _events;

    /// <summary>The node does not answer.</summary>
    public bool Down { get; set; }

    /// <summary>No block is mined.</summary>
    public bool Stalled { get; set; }

    /// <summary>Transactions whose fee the node refuses.</summary>
    public HashSet<string> Cheap { get; } = new(StringComparer.Ordinal);

    /// <summary>Transactions whose coin another one has spent.</summary>
    public HashSet<string> Spent { get; } = new(StringComparer.Ordinal);

    /// <summary>Puts a transaction into the mempool as if another node had sent it.</summary>
    public void Hear(string txid) => _known.TryAdd(txid, world.Now);

    public void Add(LedgerEventKind kind, DatasetId dataset, DatasetRecord? record)
    {
        Height++;
        var added = new LedgerEvent(_events.Count + 1, kind, Height, world.Now.ToUnixTimeSeconds(), dataset, World.Publisher, record, null);
        _events.Add(added);
        _last[dataset] = added;
    }

    /// <summary>The last event of each dataset, where it is not beyond a position.</summary>
    public IEnumerable<LedgerEvent> LastEvents(long position) => _last.Values.Where(e => e.Sequence <= position);

    /// <summary>What the mempool and the latest blocks held is forgotten.</summary>
    public void Forget(DateTimeOffset after)
    {
        foreach (var txid in _known.Where(k => k.Value >= after).Select(k => k.Key).ToList())
        {
            _known.Remove(txid);
        }
    }

    public async Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, ILedgerFeed.EventsMaximum);
        await world.DelayAsync(world.Latency, cancellationToken);
        var events = Down ? [] : _events.Skip((int)sequence).Take(limit).ToList();
        return new LedgerBatch(events, Height, $"block-{Height}", world.Now.ToUnixTimeSeconds(), Down ? null : Height, Height, Height, Down ? "The FLO node does not answer." : null);
    }

    public async Task<BroadcastResult> BroadcastAsync(string transactionHex, CancellationToken cancellationToken)
    {
        await world.DelayAsync(world.Latency, cancellationToken);
        if (Down)
        {
            return new BroadcastResult(BroadcastOutcome.Unreachable, "No answer.");
        }

        if (!_known.ContainsKey(transactionHex) && (Cheap.Contains(transactionHex) || Spent.Contains(transactionHex)))
        {
            return Cheap.Contains(transactionHex)
                ? new BroadcastResult(BroadcastOutcome.FeeTooLow, "mempool min fee not met")
                : new BroadcastResult(BroadcastOutcome.Later, "Missing inputs");
        }

        if (world.Random.Chance(0.1))
        {
            return new BroadcastResult(BroadcastOutcome.Later, "too-long-mempool-chain");
        }

        _known.TryAdd(transactionHex, world.Now);
        return new BroadcastResult(BroadcastOutcome.Accepted, null);
    }

    /// <summary>One block every 40 seconds.</summary>
    public async Task<int?> ConfirmationsAsync(string txid, CancellationToken cancellationToken)
    {
        await world.DelayAsync(world.Latency, cancellationToken);
        return _known.TryGetValue(txid, out var since) ? Stalled ? 0 : (int)Math.Max(0, (world.Now - since).TotalSeconds / 40) : null;
    }
}
