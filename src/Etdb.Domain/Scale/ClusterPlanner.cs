using System.Numerics;
using Etdb.Domain.Placement;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Scale;

/// <summary>
/// One pass over all datasets: classify (in parallel, by ranges), order by urgency, place in that order while reserving room, so that
/// the most endangered take their places first. Deterministic: the number of threads changes nothing but the time.
/// </summary>
public static class ClusterPlanner
{
    /// <summary>Datasets placed in one pass unless told otherwise: a pass must end before its picture is old.</summary>
    public const int PlacementsDefault = 250_000;

    internal const int MatrixSide = 16;
    private const int RangeSize = 16_384;

    /// <summary>Plans.</summary>
    /// <param name="catalogue">All datasets; nobody may write meanwhile.</param>
    /// <param name="context">All that a plan depends on.</param>
    /// <param name="placementsMaximum">Datasets to place, most urgent first, from 0.</param>
    /// <param name="cancellationToken">Stops between ranges.</param>
    public static ClusterPlan Plan(CompactCatalogue catalogue, PlannerContext context, int placementsMaximum, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfNegative(placementsMaximum);
        var pass = new PassInput(catalogue, context);
        var ranges = new RangeResult[(catalogue.Count + RangeSize - 1) / RangeSize];
        var parallel = new ParallelOptions { CancellationToken = cancellationToken };
        Parallel.For(0, ranges.Length, parallel, r => ranges[r] = RangeResult.Of(pass, r * RangeSize, Math.Min(catalogue.Count, (r + 1) * RangeSize)));

        var total = new RangeResult();
        foreach (var range in ranges)
        {
            total.Add(range);
        }

        total.Needs.Sort();
        var placements = Place(pass, total.Needs, placementsMaximum, cancellationToken);
        return new ClusterPlan
        {
            Levels = total.Levels,
            ReplicaClasses = total.Classes,
            Matrix = [.. total.Cells(catalogue)],
            RiskSum = total.RiskSum,
            Placements = placements,
            Deferred = total.Needs.Count - placements.Count,
            WantAttention = total.WantAttention,
        };
    }

    private static List<PlacedDataset> Place(PassInput pass, List<Need> needs, int maximum, CancellationToken cancellationToken)
    {
        var core = new PlacementCore(pass.Context.Cluster, pass.Context.Placement);
        core.LoadRoom(pass.Context.Placement.NearFull);
        var placed = new List<PlacedDataset>(Math.Min(needs.Count, maximum));
        Span<ReplicaFact> facts = stackalloc ReplicaFact[ReplicaClassifier.ReplicasMaximum];
        Span<int> chosen = stackalloc int[ReplicaClassifier.ReplicasMaximum];
        foreach (var need in needs.Take(maximum))
        {
            if (placed.Count % RangeSize == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            ref readonly var row = ref pass.Catalogue.Row(need.Index);
            var policy = pass.Policies[row.Policy];
            var count = pass.Catalogue.Expand(need.Index, pass.NodeMap, facts);
            var sets = pass.Classify(policy, facts[..count]);
            var wanted = Math.Clamp(policy.Policy.Target - sets.ProspectiveIndependent, 0, chosen.Length);
            Constrain(core, policy, sets, facts[..count], []);
            var found = core.Choose(row.IdHash, row.Bytes, policy, chosen[..wanted]);
            if (found < wanted)
            {
                Constrain(core, policy, sets, facts[..count], chosen[..found], last: true);
                found += core.Choose(row.IdHash, row.Bytes, policy, chosen[found..wanted]);
            }

            var nodes = new NodeId[found];
            for (var i = 0; i < found; i++)
            {
                nodes[i] = pass.Context.Cluster.Nodes[chosen[i]].Node;
                core.Reserve(chosen[i], row.Bytes);
            }

            placed.Add(new PlacedDataset(need.Index, nodes, wanted - found));
        }

        return placed;
    }

    /// <summary>What bars nodes from a new copy. Wiped nodes that could not be filled are the <paramref name="last"/> resort, as in <see cref="PlanDraft.Excluded"/>.</summary>
    private static void Constrain(PlacementCore core, PreparedPolicy policy, in Classification sets, ReadOnlySpan<ReplicaFact> facts, ReadOnlySpan<int> chosen, bool last = false)
    {
        core.Begin();
        for (var i = 0; i < facts.Length; i++)
        {
            var bit = 1UL << i;
            if ((sets.Prospective & bit) != 0)
            {
                core.TakeDomain(policy, facts[i].Node);
            }

            var wiped = (sets.Missing & bit) != 0 && !facts[i].Healable && (last || !facts[i].GivenUp) && !facts[i].Underway;
            if (!wiped)
            {
                core.Exclude(facts[i].Node);
            }
        }

        foreach (var node in chosen)
        {
            core.TakeDomain(policy, node);
            core.Exclude(node);
        }
    }
}

/// <summary>What all ranges of a pass share.</summary>
internal sealed class PassInput
{
    private readonly LadderFact _ladder;
    private readonly long _nowMs;

    public PassInput(CompactCatalogue catalogue, PlannerContext context)
    {
        Catalogue = catalogue;
        Context = context;
        NodeMap = catalogue.MapNodes(context.Cluster);
        Policies = [.. catalogue.Policies.Select(context.Cluster.Prepare)];
        NodeLoss = [.. context.Cluster.Facts.Select(f => context.Risk.DomainLoss(f.LossRatePerYear))];
        _ladder = LadderFact.From(context.Ladder);
        _nowMs = context.Now.ToUnixTimeMilliseconds();
    }

    public CompactCatalogue Catalogue { get; }

    public PlannerContext Context { get; }

    public int[] NodeMap { get; }

    public PreparedPolicy[] Policies { get; }

    public double[] NodeLoss { get; }

    public Classification Classify(PreparedPolicy policy, ReadOnlySpan<ReplicaFact> facts) =>
        ClassifierCore.Classify(policy, facts, Context.Cluster.Facts, _nowMs, _ladder);
}

/// <summary>A dataset that needs copies, in order of urgency.</summary>
internal readonly record struct Need(RepairLevel Level, double Risk, int Missing, uint SinceSeconds, ulong IdHash, int Index) : IComparable<Need>
{
    public int CompareTo(Need other)
    {
        var order = Level.CompareTo(other.Level);
        order = order != 0 ? order : other.Risk.CompareTo(Risk);
        order = order != 0 ? order : Missing.CompareTo(other.Missing);
        order = order != 0 ? order : SinceSeconds.CompareTo(other.SinceSeconds);
        order = order != 0 ? order : IdHash.CompareTo(other.IdHash);
        return order != 0 ? order : Index.CompareTo(other.Index);
    }
}

/// <summary>Sums over a range of datasets.</summary>
internal sealed class RangeResult
{
    private readonly long[] _matrix = new long[ClusterPlanner.MatrixSide * ClusterPlanner.MatrixSide];
    private readonly int[] _example = new int[ClusterPlanner.MatrixSide * ClusterPlanner.MatrixSide];

    public LevelCounts Levels { get; private set; }

    public long[] Classes { get; } = new long[Enum.GetValues<ReplicaClass>().Length];

    public double RiskSum { get; private set; }

    public long WantAttention { get; private set; }

    public List<Need> Needs { get; } = [];

    public static RangeResult Of(PassInput pass, int from, int until)
    {
        var result = new RangeResult();
        Span<ReplicaFact> facts = stackalloc ReplicaFact[ReplicaClassifier.ReplicasMaximum];
        for (var i = from; i < until; i++)
        {
            var count = pass.Catalogue.Expand(i, pass.NodeMap, facts);
            result.Take(pass, i, facts[..count]);
        }

        return result;
    }

    public void Add(RangeResult other)
    {
        Levels = Levels.Plus(other.Levels);
        RiskSum += other.RiskSum;
        WantAttention += other.WantAttention;
        Needs.AddRange(other.Needs);
        for (var i = 0; i < Classes.Length; i++)
        {
            Classes[i] += other.Classes[i];
        }

        for (var i = 0; i < _matrix.Length; i++)
        {
            if (_matrix[i] == 0)
            {
                _example[i] = other._example[i];
            }

            _matrix[i] += other._matrix[i];
        }
    }

    public IEnumerable<MatrixCell> Cells(CompactCatalogue catalogue)
    {
        for (var i = 0; i < _matrix.Length; i++)
        {
            if (_matrix[i] > 0)
            {
                yield return new MatrixCell(i / ClusterPlanner.MatrixSide, i % ClusterPlanner.MatrixSide, _matrix[i], catalogue.IdOf(_example[i]));
            }
        }
    }

    private void Take(PassInput pass, int index, ReadOnlySpan<ReplicaFact> facts)
    {
        ref readonly var row = ref pass.Catalogue.Row(index);
        var policy = pass.Policies[row.Policy];
        var sets = pass.Classify(policy, facts);
        var level = ClassifierCore.Level(policy.Policy, sets, row.Flags.HasFlag(DatasetFlags.Pending));
        Levels = Levels.Plus(level);
        CountClasses(sets);
        var cell = (Math.Min(ClusterPlanner.MatrixSide - 1, sets.HealthyCount) * ClusterPlanner.MatrixSide)
            + Math.Min(ClusterPlanner.MatrixSide - 1, BitOperations.PopCount(sets.Retrievable));
        if (_matrix[cell]++ == 0)
        {
            _example[cell] = index;
        }

        var risk = pass.Context.Risk.Risk(sets, policy, facts, pass.NodeLoss);
        RiskSum += risk;
        if (row.Flags.HasFlag(DatasetFlags.LeaveAlone))
        {
            return;
        }

        if (sets.Healthy != (facts.Length == 64 ? ulong.MaxValue : (1UL << facts.Length) - 1) || sets.Ageing != 0 || sets.VerifiedIndependent != policy.Policy.Target)
        {
            WantAttention++;
        }

        var missing = policy.Policy.Target - sets.ProspectiveIndependent;
        var hasSource = (sets.Retrievable | sets.Claimed | sets.Suspect | sets.Corrupt | sets.Healable) != 0;
        if (missing > 0 && (hasSource || row.Flags.HasFlag(DatasetFlags.MayComeFromOutside)))
        {
            var misplaced = (sets.Clumped | sets.OutOfPlacement | sets.Exiting) != 0;
            var urgency = PriorityKey.LevelOf(policy.Policy.Target, policy.Policy.Floor, sets.VerifiedIndependent, sets.RetrievableIndependent, misplaced);
            Needs.Add(new Need(urgency, risk, missing, row.NeedSinceSeconds, row.IdHash, index));
        }
    }

    private void CountClasses(in Classification sets)
    {
        ReadOnlySpan<ulong> masks =
        [
            sets.Healthy, sets.UnknownNode, sets.PresumedLost, sets.Maintenance, sets.Away, sets.Corrupt, sets.Missing, sets.Awaited,
            sets.Claimed, sets.Suspect, sets.Exiting, sets.Probation, sets.OutOfPlacement, sets.Stale, sets.Clumped,
        ];
        for (var i = 0; i < masks.Length; i++)
        {
            Classes[i] += BitOperations.PopCount(masks[i]);
        }
    }
}
