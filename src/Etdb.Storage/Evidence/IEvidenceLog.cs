namespace Etdb.Storage.Evidence;

/// <summary>
/// The append-only log of every audit and every change of state. Entries are chained by hash in the order they are appended, so none
/// can be changed or dropped unseen; the log is never trimmed by the cluster.
/// </summary>
public interface IEvidenceLog
{
    /// <summary>Appends entries durably: when the call returns they are on disk.</summary>
    ValueTask AppendAsync(IReadOnlyList<EvidenceEntry> entries, CancellationToken cancellationToken);
}

/// <summary>One piece of evidence. The log adds sequence and hash.</summary>
/// <param name="At">When it was observed.</param>
/// <param name="Kind">What it is: <c>audit</c>, <c>state</c>, <c>operator</c>, <c>incident</c>.</param>
/// <param name="Dataset">Which dataset; null for node-wide entries.</param>
/// <param name="Node">Which node; null when none.</param>
/// <param name="Outcome">Closed word of that kind, e.g. <c>verified</c>, <c>missing</c>.</param>
/// <param name="Detail">Compact JSON with numbers (blocks, bytes, seed, author, reason).</param>
public sealed record EvidenceEntry(DateTimeOffset At, string Kind, string? Dataset, string? Node, string Outcome, string Detail);
