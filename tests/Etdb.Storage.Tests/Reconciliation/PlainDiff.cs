using Etdb.Domain.Content;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Replication;

namespace Etdb.Storage.Tests.Reconciliation;

/// <summary>What a world is told as: the ledger's log, what is kept, and what each node lists, wholly or not.</summary>
internal sealed record DiffWorld(
    IReadOnlyList<(string Dataset, bool Live, string? Root)> Ledger, IReadOnlyList<WantedEntry> Wanted, IReadOnlyList<(NodeId Node, bool Complete, IReadOnlyList<ContentId> Roots)> Seen);

/// <summary>Ledger ↔ wanted ↔ seen by definition: every pair is looked at, as long as it may take.</summary>
internal static class PlainDiff
{
    public static List<LedgerEntry> Live(DiffWorld world) => [.. world.Ledger.Index()
        .GroupBy(e => e.Item.Dataset, StringComparer.Ordinal)
        .Select(e => e.MaxBy(i => i.Index).Item)
        .Where(e => e.Live)
        .Select(e => new LedgerEntry(new(e.Dataset), e.Root is null ? null : new ContentId(e.Root)))];

    public static List<SeenListing> Listings(DiffWorld world) => [.. world.Seen.Where(s => s.Complete).Select(s => new SeenListing(s.Node, [.. s.Roots]))];

    public static List<Difference> Compare(DiffWorld world)
    {
        var live = Live(world);
        var found = new List<Difference>();
        foreach (var entry in live)
        {
            var kept = world.Wanted.FirstOrDefault(w => w.Active && w.Dataset == entry.Dataset);
            if (kept is null || kept.Root != entry.Root)
            {
                found.Add(new Difference(kept is null ? DifferenceKind.LedgerNotWanted : DifferenceKind.RootDiffers, entry.Dataset, null, entry.Root));
            }
        }

        found.AddRange(world.Wanted.Where(w => w.Active && !live.Exists(l => l.Dataset == w.Dataset)).Select(w => new Difference(DifferenceKind.WantedNotInLedger, w.Dataset, null, w.Root)));
        foreach (var (node, _, listed) in world.Seen.Where(s => s.Complete))
        {
            var roots = listed.Distinct().ToList();
            found.AddRange(world.Wanted
                .Where(w => w.Root is { } root && w.Replicas.Contains(node) && !roots.Contains(root))
                .Select(w => new Difference(DifferenceKind.WantedNotSeen, w.Dataset, node, w.Root)));
            foreach (var root in roots)
            {
                var keepers = world.Wanted.Where(w => w.Root == root).ToList();
                found.AddRange(keepers.Count == 0
                    ? [new Difference(DifferenceKind.Orphan, null, node, root)]
                    : keepers.Where(w => !w.Assigned.Contains(node)).Select(w => new Difference(DifferenceKind.SeenNotAssigned, w.Dataset, node, root)));
            }
        }

        return [.. found
            .OrderBy(d => d.Kind)
            .ThenBy(d => d.Dataset?.Value, StringComparer.Ordinal)
            .ThenBy(d => d.Node?.Value, StringComparer.Ordinal)
            .ThenBy(d => d.Root?.Value, StringComparer.Ordinal)];
    }
}
