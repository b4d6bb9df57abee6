using Etdb.Domain.Content;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

/// <summary>What happened to a record. The numbers are stored.</summary>
public enum RecordEventKind
{
    /// <summary>A record appeared, or what holds of it changed: <see cref="RecordEvent.Record"/> is what holds now.</summary>
    Current = 0,

    /// <summary>The owner withdrew it.</summary>
    Deactivated = 1,

    /// <summary>It is no longer in the best chain.</summary>
    Retracted = 2,

    /// <summary>A publisher registered, changed or withdrew a registration.</summary>
    Publisher = 3,
}

/// <summary>One entry of the durable log. Entries are only ever appended; a reorganisation appends what it took back.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Height">Height of the block it happened at.</param>
/// <param name="Time">Header time of that block, Unix seconds.</param>
/// <param name="RecordTxid">Id of the record; empty for publishers.</param>
/// <param name="Owner">FLO address that owns it, or that registered.</param>
/// <param name="Record">What holds now; null for retractions and publishers.</param>
/// <param name="Alias">Registered name; null otherwise, and when the registration was withdrawn.</param>
public sealed record RecordEvent(
    long Sequence, RecordEventKind Kind, long Height, long Time, string RecordTxid, string Owner, RecordSnapshot? Record, string? Alias);

/// <summary>The version of a record that holds, reduced to what others act on.</summary>
/// <param name="LatestTxid">Transaction of that version.</param>
/// <param name="Version">1 for the publication, +1 an applied edit.</param>
/// <param name="Format">Generation.</param>
/// <param name="Title">As published, trimmed.</param>
/// <param name="Root">Root of the files; null when the record names none that can be kept.</param>
/// <param name="BytesDeclared">Sum of declared file sizes; 0 when unknown.</param>
/// <param name="Timestamp">Record time, Unix seconds.</param>
/// <param name="ContentProven">The signatures cover all metadata.</param>
/// <param name="ArtifactJson">The whole artifact, unknown fields kept.</param>
public sealed record RecordSnapshot(
    string LatestTxid, int Version, RecordFormat Format, string Title, ContentId? Root, long BytesDeclared, long Timestamp, bool ContentProven, string ArtifactJson);

/// <summary>A slice of the log and where the index stands. The cluster's ledger port has the same fields.</summary>
/// <param name="Events">In sequence order.</param>
/// <param name="Height">Height of the tip; -1 when nothing is indexed.</param>
/// <param name="TipHash">Its block id; empty when nothing is indexed.</param>
/// <param name="TipTime">Its header time, Unix seconds.</param>
/// <param name="NodeHeight">Height the node reports; null when it did not answer.</param>
/// <param name="Transactions">OIP transactions on the best chain.</param>
/// <param name="Records">Active records on the best chain.</param>
/// <param name="Problem">What is wrong with the ledger or its node, for people; null when all is well.</param>
public sealed record FeedBatch(
    IReadOnlyList<RecordEvent> Events, long Height, string TipHash, long TipTime, long? NodeHeight, long Transactions, long Records, string? Problem);
