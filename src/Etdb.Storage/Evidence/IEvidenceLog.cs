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
/// <param name="Kind">What it is: <c>audit</c>, <c>state</c>, <c>operator</c>, <c>incident</c>, <c>action</c>, <c>anchor</c>, <c>call</c>.</param>
/// <param name="Dataset">Which dataset; null for node-wide entries.</param>
/// <param name="Node">Which node; null when none.</param>
/// <param name="Outcome">Closed word of that kind, e.g. <c>verified</c>, <c>missing</c>.</param>
/// <param name="Detail">Compact JSON with numbers (blocks, bytes, seed, author, reason).</param>
/// <param name="Author">Who: <c>cluster</c>, or the operator who said so.</param>
/// <param name="Depth">How deep a check went, by number; 0 for none.</param>
/// <param name="Blocks">Blocks hashed.</param>
public sealed record EvidenceEntry(
    DateTimeOffset At, string Kind, string? Dataset, string? Node, string Outcome, string Detail, string Author = EvidenceEntry.Cluster, int Depth = 0, long Blocks = 0)
{
    /// <summary>The author of what nobody in particular decided.</summary>
    public const string Cluster = "cluster";
}
