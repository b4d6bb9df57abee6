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

/// <summary>The complete listing of a node's pins; one a node.</summary>
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
        var rootsOf = seen.ToDictionary(l => l.Node, l => l.Roots as IReadOnlySet<ContentId> ?? l.Roots.ToHashSet());
        WantedAgainstSeen(wanted, rootsOf, differences);
        SeenAgainstWanted(wanted, rootsOf, differences);
        differences.Sort(DifferenceOrder.Instance);
        return differences;
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

    private static void WantedAgainstSeen(IReadOnlyCollection<WantedEntry> wanted, Dictionary<NodeId, IReadOnlySet<ContentId>> rootsOf, List<Difference> differences)
    {
        foreach (var want in wanted)
        {
            if (want.Root is { } root)
            {
                differences.AddRange(want.Replicas.Distinct()
                    .Where(node => rootsOf.TryGetValue(node, out var roots) && !roots.Contains(root))
                    .Select(node => new Difference(DifferenceKind.WantedNotSeen, want.Dataset, node, root)));
            }
        }
    }

    private static void SeenAgainstWanted(IReadOnlyCollection<WantedEntry> wanted, Dictionary<NodeId, IReadOnlySet<ContentId>> rootsOf, List<Difference> differences)
    {
        var byRoot = wanted.Where(w => w.Root is not null).ToLookup(w => w.Root!.Value);
        foreach (var (node, roots) in rootsOf)
        {
            foreach (var root in roots)
            {
                if (!byRoot.Contains(root))
                {
                    differences.Add(new Difference(DifferenceKind.Orphan, null, node, root));
                    continue;
                }

                differences.AddRange(byRoot[root]
                    .Where(w => !w.Assigned.Contains(node))
                    .Select(w => new Difference(DifferenceKind.SeenNotAssigned, w.Dataset, node, root)));
            }
        }
    }
}
