using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>What a drain means for one dataset on the node.</summary>
public enum DrainNeed
{
    /// <summary>Enough others count already: the copy can go.</summary>
    Free = 0,

    /// <summary>A replacement has a place.</summary>
    Replaceable = 1,

    /// <summary>A replacement is on its way or must still be verified.</summary>
    Moving = 2,

    /// <summary>No node may or can take a replacement: it blocks the drain.</summary>
    Blocked = 3,
}

/// <summary>One dataset of a drain.</summary>
/// <param name="Dataset">Which.</param>
/// <param name="Need">What it means.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Targets">Where replacements would go.</param>
/// <param name="Text">Why it blocks or what it waits for, for people.</param>
public sealed record DrainAssessment(DatasetId Dataset, DrainNeed Need, long Bytes, IReadOnlyList<NodeId> Targets, string Text);

/// <summary>A drain as a whole: before it is begun (preview) or while it runs (progress).</summary>
public sealed record DrainReport
{
    /// <summary>Blockers named in a report; all are counted.</summary>
    public const int BlockersNamed = 100;

    /// <summary>Which node leaves.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Replicas on it.</summary>
    public long Replicas { get; init; }

    /// <summary>Of these: others suffice.</summary>
    public long Free { get; init; }

    /// <summary>Of these: being replaced.</summary>
    public long Moving { get; init; }

    /// <summary>Of these: a replacement has a place.</summary>
    public long Replaceable { get; init; }

    /// <summary>Of these: nowhere to go.</summary>
    public long Blocked { get; init; }

    /// <summary>Bytes that still have to be copied.</summary>
    public long BytesToMove { get; init; }

    /// <summary>Replicas when the drain began; what is on it now for a preview.</summary>
    public long ReplicasAtStart { get; init; }

    /// <summary>Share done, 0..1.</summary>
    public double Progress => ReplicasAtStart <= 0 ? 1 : Math.Clamp(1 - ((Replicas - Free) / (double)ReplicasAtStart), 0, 1);

    /// <summary>When it would be done; null when something blocks it or no speed is known.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>The first blockers.</summary>
    public IReadOnlyList<DrainAssessment> Blockers { get; init; } = [];

    /// <summary>Nothing depends on the node any more: its copies may be unpinned.</summary>
    public bool SafeToLeave => Replicas == Free;
}

/// <summary>
/// Graceful exit. A drain is only a flag: marked copies stop counting and stay sources, and ordinary repair replaces them; this looks
/// ahead (preview), follows (progress) and names what stands in the way. Nothing is unpinned here: trimming does it, one copy a dataset a
/// day, when the target is met by verified others.
/// </summary>
public static class DrainPlanner
{
    /// <summary>What a drain of <paramref name="node"/> means for one dataset with a replica there; the node need not be marked yet.</summary>
    public static DrainAssessment Assess(DatasetView dataset, NodeId node, PlannerContext context)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(context);
        var cluster = Leaving(context.Cluster, node);
        var plan = RepairPlanner.Plan(dataset with { Running = [] }, context with { Cluster = cluster, Brakes = BrakeDecision.Free });
        var health = plan.Health;
        var targets = plan.Actions.Where(a => a.Kind == ActionKind.Assign).Select(a => a.Node).ToList();
        if (health.VerifiedIndependent >= health.Target)
        {
            return new DrainAssessment(dataset.Id, DrainNeed.Free, dataset.Bytes, [], "Enough other copies are verified.");
        }

        if (health.Needed > targets.Count)
        {
            var why = plan.NotYet.FirstOrDefault(n => n.Reason is NotYetReason.WaitingForMembers or NotYetReason.NoRoom or NotYetReason.NoSource)?.Text ?? "No node can take a replacement.";
            return new DrainAssessment(dataset.Id, DrainNeed.Blocked, dataset.Bytes, targets, why);
        }

        return targets.Count > 0
            ? new DrainAssessment(dataset.Id, DrainNeed.Replaceable, dataset.Bytes, targets, $"A replacement goes to {string.Join(", ", targets)}.")
            : new DrainAssessment(dataset.Id, DrainNeed.Moving, dataset.Bytes, [], $"{health.VerifiedIndependent} of {health.Target} other copies are verified so far.");
    }

    /// <summary>Adds up assessments.</summary>
    /// <param name="node">Which node leaves.</param>
    /// <param name="assessments">One for each dataset with a replica there; read once.</param>
    /// <param name="replicasAtStart">Replicas when the drain began; null for a preview.</param>
    /// <param name="bytesPerSecond">Speed of copying seen or assumed, all receivers together; 0 when unknown.</param>
    /// <param name="now">The moment.</param>
    public static DrainReport Report(NodeId node, IEnumerable<DrainAssessment> assessments, long? replicasAtStart, double bytesPerSecond, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(assessments);
        var counts = new long[4];
        long bytes = 0;
        var blockers = new List<DrainAssessment>();
        foreach (var assessment in assessments)
        {
            counts[(int)assessment.Need]++;
            bytes += assessment.Need is DrainNeed.Replaceable or DrainNeed.Moving ? assessment.Bytes : 0;
            if (assessment.Need == DrainNeed.Blocked && blockers.Count < DrainReport.BlockersNamed)
            {
                blockers.Add(assessment);
            }
        }

        var replicas = counts.Sum();
        DateTimeOffset? done = null;
        if (counts[(int)DrainNeed.Blocked] == 0 && (bytesPerSecond > 0 || bytes == 0))
        {
            done = bytes == 0 ? now : now.AddSeconds(Math.Min(bytes / bytesPerSecond, TimeSpan.FromDays(36500).TotalSeconds));
        }

        return new DrainReport
        {
            Node = node,
            Replicas = replicas,
            Free = counts[(int)DrainNeed.Free],
            Replaceable = counts[(int)DrainNeed.Replaceable],
            Moving = counts[(int)DrainNeed.Moving],
            Blocked = counts[(int)DrainNeed.Blocked],
            BytesToMove = bytes,
            ReplicasAtStart = replicasAtStart ?? replicas,
            DoneAt = done,
            Blockers = blockers,
        };
    }

    private static ClusterView Leaving(ClusterView cluster, NodeId node) =>
        cluster.TryGet(node, out var view) && view.IsExiting
            ? cluster
            : ClusterView.From(cluster.Nodes.Select(n => n.Node == node ? n with { Exiting = true } : n));
}
