using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Scale;

/// <summary>What a loss would do.</summary>
/// <param name="By">Which kind of failure domain is lost.</param>
/// <param name="Name">Which one: member, member/site, country (<c>unknown</c>) or node.</param>
/// <param name="Before">Datasets by level now, those with a replica there only.</param>
/// <param name="After">The same datasets by level after the loss.</param>
/// <param name="LastCopies">Datasets that would have one readable failure domain left.</param>
/// <param name="Lost">Datasets that would have none left and have one now.</param>
/// <param name="Example">One of the worst hit; null when none falls.</param>
public sealed record LossScenario(DistinctBy By, string Name, LevelCounts Before, LevelCounts After, long LastCopies, long Lost, Records.DatasetId? Example);

/// <summary>
/// "If that member, site or country vanished today": every dataset with a replica there is classified again without those replicas, by the
/// same classifier. One pass answers for all domains of a kind.
/// </summary>
public static class WhatIf
{
    /// <summary>All losses of one kind, the worst first.</summary>
    public static IReadOnlyList<LossScenario> Lose(CompactCatalogue catalogue, PlannerContext context, DistinctBy by)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        ArgumentNullException.ThrowIfNull(context);
        var pass = new PassInput(catalogue, context);
        var domains = new int[context.Cluster.Nodes.Count];
        var names = new Dictionary<int, string>();
        for (var i = 0; i < domains.Length; i++)
        {
            domains[i] = context.Cluster.Facts[i].Domain(by, i);
            names.TryAdd(domains[i], NameOf(context.Cluster.Nodes[i], by));
        }

        var tallies = names.Keys.ToDictionary(d => d, _ => new Tally());
        Span<ReplicaFact> facts = stackalloc ReplicaFact[ReplicaClassifier.ReplicasMaximum];
        Span<ReplicaFact> left = stackalloc ReplicaFact[ReplicaClassifier.ReplicasMaximum];
        for (var i = 0; i < catalogue.Count; i++)
        {
            var count = catalogue.Expand(i, pass.NodeMap, facts);
            TakeDataset(pass, i, facts[..count], left, domains, tallies);
        }

        return [.. tallies
            .Select(t => t.Value.ToScenario(by, names[t.Key], catalogue))
            .OrderByDescending(s => s.Lost).ThenByDescending(s => s.LastCopies).ThenByDescending(s => s.After.Total - s.After.Healthy).ThenBy(s => s.Name, StringComparer.Ordinal)];
    }

    private static void TakeDataset(PassInput pass, int index, ReadOnlySpan<ReplicaFact> facts, Span<ReplicaFact> left, int[] domains, Dictionary<int, Tally> tallies)
    {
        ref readonly var row = ref pass.Catalogue.Row(index);
        var policy = pass.Policies[row.Policy];
        var pending = row.Flags.HasFlag(DatasetFlags.Pending);
        var now = pass.Classify(policy, facts);
        var before = ClassifierCore.Level(policy.Policy, now, pending);
        for (var i = 0; i < facts.Length; i++)
        {
            if (facts[i].Node < 0 || SeenBefore(facts, i, domains))
            {
                continue;
            }

            var domain = domains[facts[i].Node];
            var kept = 0;
            foreach (var fact in facts)
            {
                if (fact.Node < 0 || domains[fact.Node] != domain)
                {
                    left[kept++] = fact;
                }
            }

            var after = pass.Classify(policy, left[..kept]);
            var lost = now.Retrievable != 0 && after.Retrievable == 0;
            tallies[domain].Take(before, ClassifierCore.Level(policy.Policy, after, pending), after.RetrievableIndependent == 1, lost, index);
        }
    }

    private static bool SeenBefore(ReadOnlySpan<ReplicaFact> facts, int i, int[] domains)
    {
        for (var j = 0; j < i; j++)
        {
            if (facts[j].Node >= 0 && domains[facts[j].Node] == domains[facts[i].Node])
            {
                return true;
            }
        }

        return false;
    }

    private static string NameOf(NodeView node, DistinctBy by) => by switch
    {
        DistinctBy.Member => node.Member.Value,
        DistinctBy.Site => $"{node.Member.Value}/{node.Site}",
        DistinctBy.Country => node.Country ?? "unknown",
        _ => node.Node.Value,
    };

    private sealed class Tally
    {
        private LevelCounts _before;
        private LevelCounts _after;
        private long _lastCopies;
        private long _lost;
        private int _example = -1;
        private int _exampleRank;

        public void Take(HealthLevel before, HealthLevel after, bool lastCopy, bool lost, int index)
        {
            _before = _before.Plus(before);
            _after = _after.Plus(after);
            _lastCopies += lastCopy ? 1 : 0;
            _lost += lost ? 1 : 0;
            var rank = 0;
            if (lost)
            {
                rank = 3;
            }
            else if (lastCopy)
            {
                rank = 2;
            }
            else if (after > before)
            {
                rank = 1;
            }

            if (rank > _exampleRank)
            {
                (_example, _exampleRank) = (index, rank);
            }
        }

        public LossScenario ToScenario(DistinctBy by, string name, CompactCatalogue catalogue) =>
            new(by, name, _before, _after, _lastCopies, _lost, _example < 0 ? null : catalogue.IdOf(_example));
    }
}
