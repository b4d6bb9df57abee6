using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Reconciliation;

/// <summary>How the ledger, what is wanted and what is seen can disagree.</summary>
public enum DifferenceKind
{
    /// <summary>A live record the cluster does not keep: take it in.</summary>
    LedgerNotWanted = 0,

    /// <summary>The cluster keeps a dataset as active whose record the ledger does not have: start its grace, do not unpin.</summary>
    WantedNotInLedger = 1,

    /// <summary>The record names another root than the cluster keeps: an edit was missed.</summary>
    RootDiffers = 2,

    /// <summary>A replica is recorded as there and no complete listing of the node names it.</summary>
    WantedNotSeen = 3,

    /// <summary>A node lists a root of a dataset without being asked to: adopt it as a claimed replica.</summary>
    SeenNotAssigned = 4,

    /// <summary>A node lists a root no dataset has: reported, never removed by us.</summary>
    Orphan = 5,
}

/// <summary>One disagreement.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Dataset">About which dataset; null for orphans.</param>
/// <param name="Node">On which node; null when about none.</param>
/// <param name="Root">The root in question; null when none.</param>
public sealed record Difference(DifferenceKind Kind, DatasetId? Dataset, NodeId? Node, ContentId? Root);

/// <summary>A live record of the ledger.</summary>
/// <param name="Dataset">Which dataset.</param>
/// <param name="Root">What it names; null when it names none that can be kept.</param>
public sealed record LedgerEntry(DatasetId Dataset, ContentId? Root);

/// <summary>A dataset the cluster keeps.</summary>
/// <param name="Dataset">Which dataset.</param>
/// <param name="Root">What is kept.</param>
/// <param name="Active">The cluster takes it for live.</param>
/// <param name="Replicas">Nodes with a replica recorded as there (claimed, verified, suspect).</param>
/// <param name="Assigned">Nodes with any row in its table.</param>
public sealed record WantedEntry(DatasetId Dataset, ContentId? Root, bool Active, IReadOnlyList<NodeId> Replicas, IReadOnlyList<NodeId> Assigned);

/// <summary>A complete listing of one node's pins.</summary>
public sealed record SeenListing(NodeId Node, IReadOnlyCollection<ContentId> Roots);

/// <summary>
/// Ledger ↔ wanted ↔ seen. Nothing follows by itself from a difference but a question to the owner of the dataset; orphans are reported and left alone:
/// they may be somebody's own pins.
/// </summary>
public static class ThreeWayDiff
{
    /// <summary>All differences, by kind, dataset, node and root. A node without a complete listing is not in <paramref name="seen"/> and proves nothing.</summary>
    public static IReadOnlyList<Difference> Compare(IReadOnlyCollection<LedgerEntry> ledger, IReadOnlyCollection<WantedEntry> wanted, IReadOnlyCollection<SeenListing> seen)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(seen);
        var differences = new List<Difference>();
        LedgerAgainstWanted(ledger, wanted, differences);
        var byRoot = wanted.Where(w => w.Root is not null).ToLookup(w => w.Root!.Value);
        foreach (var listing in seen)
        {
            WantedAgainstSeen(listing, wanted, byRoot, differences);
        }

        return [.. differences
            .OrderBy(d => d.Kind)
            .ThenBy(d => d.Dataset?.Value, StringComparer.Ordinal)
            .ThenBy(d => d.Node?.Value, StringComparer.Ordinal)
            .ThenBy(d => d.Root?.Value, StringComparer.Ordinal)];
    }

    private static void LedgerAgainstWanted(IReadOnlyCollection<LedgerEntry> ledger, IReadOnlyCollection<WantedEntry> wanted, List<Difference> differences)
    {
        var kept = wanted.ToDictionary(w => w.Dataset);
        var live = new HashSet<DatasetId>();
        foreach (var entry in ledger)
        {
            live.Add(entry.Dataset);
            if (!kept.TryGetValue(entry.Dataset, out var want) || !want.Active)
            {
                differences.Add(new Difference(DifferenceKind.LedgerNotWanted, entry.Dataset, null, entry.Root));
            }
            else if (want.Root != entry.Root)
            {
                differences.Add(new Difference(DifferenceKind.RootDiffers, entry.Dataset, null, entry.Root));
            }
        }

        differences.AddRange(wanted
            .Where(w => w.Active && !live.Contains(w.Dataset))
            .Select(w => new Difference(DifferenceKind.WantedNotInLedger, w.Dataset, null, w.Root)));
    }

    private static void WantedAgainstSeen(SeenListing listing, IReadOnlyCollection<WantedEntry> wanted, ILookup<ContentId, WantedEntry> byRoot, List<Difference> differences)
    {
        var roots = listing.Roots as IReadOnlySet<ContentId> ?? listing.Roots.ToHashSet();
        differences.AddRange(wanted
            .Where(w => w.Root is { } root && w.Replicas.Contains(listing.Node) && !roots.Contains(root))
            .Select(w => new Difference(DifferenceKind.WantedNotSeen, w.Dataset, listing.Node, w.Root)));
        foreach (var root in roots)
        {
            if (!byRoot.Contains(root))
            {
                differences.Add(new Difference(DifferenceKind.Orphan, null, listing.Node, root));
                continue;
            }

            differences.AddRange(byRoot[root]
                .Where(w => !w.Assigned.Contains(listing.Node))
                .Select(w => new Difference(DifferenceKind.SeenNotAssigned, w.Dataset, listing.Node, root)));
        }
    }
}
