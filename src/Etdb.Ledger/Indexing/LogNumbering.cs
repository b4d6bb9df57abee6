namespace Etdb.Ledger.Indexing;

/// <summary>How the entries of one index's log are numbered for readers who have heard another index before. Kept in the index file itself: another file has another log.</summary>
/// <param name="Offset">Added to the numbers of this log, so that they are above all that was heard.</param>
/// <param name="RetoldTo">Last entry of this log that says what readers may know already; null until the index has caught up with the chain.</param>
public sealed record LogNumbering(long Offset, long? RetoldTo);
