using Etdb.Domain.Content;
using Etdb.Domain.Records;

namespace Etdb.Grains.Ports;

/// <summary>
/// What the index of the ledger tells the cluster: an ordered, durable log of record events. A reader remembers the last
/// <see cref="LedgerEvent.Sequence"/> it has applied and asks for what comes after; a reorganisation appends retractions, it never
/// rewrites the log. Delivery is at least once, application must be idempotent.
/// </summary>
public interface ILedgerFeed
{
    /// <summary>Most events of one read; a feed refuses to be asked for more.</summary>
    const int EventsMaximum = 1000;

    /// <summary>
    /// Says the highest number anyone in the cluster may have heard; the ledger grain does before its first read. From then on all events that are news to the cluster have higher
    /// numbers. A feed whose numbers never go back has nothing to do.
    /// </summary>
    Task ResumeAsync(long heard, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Follows the chain as far as it can without waiting, then returns up to <paramref name="limit"/> (1..<see cref="EventsMaximum"/>) events after <paramref name="sequence"/>.</summary>
    Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken);
}

/// <summary>A slice of the log and where the index stands.</summary>
/// <param name="Events">In sequence order; empty when there is nothing new.</param>
/// <param name="Height">Height of the index' tip.</param>
/// <param name="TipHash">Block id of the tip.</param>
/// <param name="TipTime">Header time of the tip, Unix seconds.</param>
/// <param name="NodeHeight">Height the FLO node reports; the difference is the lag. Null when it did not answer.</param>
/// <param name="Transactions">Transactions indexed on the best chain.</param>
/// <param name="Records">Records live on the best chain.</param>
/// <param name="Problem">What is wrong with the ledger or its node, for people; null when all is well.</param>
[GenerateSerializer, Immutable, Alias("etdb.ledger-batch")]
public sealed record LedgerBatch(
    [property: Id(0)] IReadOnlyList<LedgerEvent> Events,
    [property: Id(1)] long Height,
    [property: Id(2)] string TipHash,
    [property: Id(3)] long TipTime,
    [property: Id(4)] long? NodeHeight,
    [property: Id(5)] long Transactions,
    [property: Id(6)] long Records,
    [property: Id(7)] string? Problem);

/// <summary>What happened to a record.</summary>
public enum LedgerEventKind
{
    /// <summary>A record appeared, or an edit or a reorganisation changed its current version: <see cref="LedgerEvent.Record"/> is what holds now.</summary>
    Current = 0,

    /// <summary>The record was deactivated by its owner (or that was taken back, when followed by <see cref="Current"/>).</summary>
    Deactivated = 1,

    /// <summary>A reorganisation removed the record from the best chain. Its content is kept until policy's grace ends.</summary>
    Retracted = 2,

    /// <summary>A publisher registered or changed its registration.</summary>
    Publisher = 3,
}

/// <summary>One entry of the log.</summary>
/// <param name="Sequence">Position, above 0, ascending.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Height">Block height it happened at.</param>
/// <param name="Time">Header time of that block, Unix seconds.</param>
/// <param name="Dataset">Which record; empty for <see cref="LedgerEventKind.Publisher"/>.</param>
/// <param name="Publisher">FLO address of the owner.</param>
/// <param name="Record">The current version; null for retractions and publishers.</param>
/// <param name="Alias">A publisher's registered name; null otherwise.</param>
[GenerateSerializer, Immutable, Alias("etdb.ledger-event")]
public sealed record LedgerEvent(
    [property: Id(0)] long Sequence,
    [property: Id(1)] LedgerEventKind Kind,
    [property: Id(2)] long Height,
    [property: Id(3)] long Time,
    [property: Id(4)] DatasetId Dataset,
    [property: Id(5)] PublisherId Publisher,
    [property: Id(6)] DatasetRecord? Record,
    [property: Id(7)] string? Alias);

/// <summary>The version of a record that holds now, reduced to what the cluster acts on; the full artifact stays beside it as JSON.</summary>
/// <param name="LatestTxid">Transaction of the latest applied version.</param>
/// <param name="Version">1 for the first publication, +1 an applied edit.</param>
/// <param name="Title">As published, trimmed.</param>
/// <param name="Root">Root of the files (<c>storage.location</c>); null when the record names none that can be kept.</param>
/// <param name="BytesDeclared">Sum of the files' sizes as declared; 0 when unknown.</param>
/// <param name="Timestamp">Record time, Unix seconds.</param>
/// <param name="ArtifactJson">The whole artifact, UTF-8 JSON text, unknown fields kept.</param>
/// <param name="ContentProven">The signature covers all metadata, not only location, address and time.</param>
[GenerateSerializer, Immutable, Alias("etdb.dataset-record")]
public sealed record DatasetRecord(
    [property: Id(0)] string LatestTxid,
    [property: Id(1)] int Version,
    [property: Id(2)] string Title,
    [property: Id(3)] ContentId? Root,
    [property: Id(4)] long BytesDeclared,
    [property: Id(5)] long Timestamp,
    [property: Id(6)] string ArtifactJson,
    [property: Id(7)] bool ContentProven);

/// <summary>Puts signed transactions into the ledger and tells what became of them.</summary>
public interface ILedgerBroadcaster
{
    /// <summary>Offers a raw transaction. Idempotent: one that is known or mined is <see cref="BroadcastOutcome.Accepted"/>.</summary>
    Task<BroadcastResult> BroadcastAsync(string transactionHex, CancellationToken cancellationToken);

    /// <summary>Confirmations of a transaction: 0 in the mempool, null when unknown to the node.</summary>
    Task<int?> ConfirmationsAsync(string txid, CancellationToken cancellationToken);
}

/// <summary>How an offer ended.</summary>
public enum BroadcastOutcome
{
    /// <summary>In the mempool or in a block.</summary>
    Accepted = 0,

    /// <summary>Refused for good (bad signature, spent inputs, too large).</summary>
    Rejected = 1,

    /// <summary>Refused for now (chain of unconfirmed too long, missing parent).</summary>
    Later = 2,

    /// <summary>The node did not answer.</summary>
    Unreachable = 3,

    /// <summary>Refused until more is paid.</summary>
    FeeTooLow = 4,
}

/// <summary>How an offer ended, with the node's own words.</summary>
[GenerateSerializer, Immutable, Alias("etdb.broadcast-result")]
public sealed record BroadcastResult([property: Id(0)] BroadcastOutcome Outcome, [property: Id(1)] string? Detail);
