using Etdb.Domain.Records;
using Etdb.Grains.Ports;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Microsoft.Extensions.Hosting;
using IndexFeed = Etdb.Ledger.Indexing.Following.LedgerFeed;

namespace Etdb.Silo.Adapters;

/// <summary>The ledger's index behind the cluster's port: the follower reads blocks, this translates its log. Opened before grains start.</summary>
public sealed class LedgerFeed(FloRpcClient node, FloNetwork network, int startHeight, string path, TimeProvider time) : ILedgerFeed, ILedgerLog, IHostedService, IDisposable
{
    /// <summary>Name of the ledger index in a data folder. Each silo has its own: it can be made again from the chain.</summary>
    public const string FileName = "ledger.db";

    private LedgerIndex? _index;
    private LedgerFollower? _follower;
    private IndexFeed? _feed;

    /// <summary>The index, for readers of the ledger itself.</summary>
    /// <exception cref="InvalidOperationException">The silo has not opened it yet.</exception>
    public LedgerIndex Index => _index ?? throw new InvalidOperationException("The ledger index is not open yet.");

    /// <summary>Height the FLO node reported last; null while it does not answer.</summary>
    public int? NodeHeight => _follower?.NodeHeight;

    long ILedgerLog.LastSequence => Index.ReadStore(s => s.LastSequence());

    LogNumbering? ILedgerLog.Numbering
    {
        get => Index.ReadStore(s => s.Numbering());
        set => Index.Keep(value ?? throw new ArgumentNullException(nameof(value)));
    }

    IReadOnlySet<long> ILedgerLog.LastWords(long upTo) => Index.ReadStore(s => s.LastWords(upTo));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _index = LedgerIndex.Open(path, network, startHeight);
        _follower = new LedgerFollower(new RpcChainSource(node), _index, new FollowerOptions(), time);
        _feed = new IndexFeed(_follower);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        var batch = await (_feed ?? throw new InvalidOperationException("The ledger index is not open yet.")).ReadAsync(sequence, limit, cancellationToken);
        return new LedgerBatch(
            [.. batch.Events.Select(Event)], batch.Height, batch.TipHash, batch.TipTime, batch.NodeHeight, batch.Transactions, batch.Records, batch.Problem);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _feed?.Dispose();
        _index?.Dispose();
    }

    private static LedgerEvent Event(RecordEvent e) => new(
        e.Sequence,
        e.Kind switch
        {
            RecordEventKind.Current => LedgerEventKind.Current,
            RecordEventKind.Deactivated => LedgerEventKind.Deactivated,
            RecordEventKind.Retracted => LedgerEventKind.Retracted,
            _ => LedgerEventKind.Publisher,
        },
        e.Height,
        e.Time,
        new DatasetId(e.RecordTxid),
        new PublisherId(e.Owner),
        e.Record is { } r ? new DatasetRecord(r.LatestTxid, r.Version, r.Title, r.Root, r.BytesDeclared, r.Timestamp, r.ArtifactJson, r.ContentProven) : null,
        e.Alias);
}
