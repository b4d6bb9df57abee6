using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>Puts a plan into words that need no knowledge of the machinery.</summary>
public static class PlanExplanation
{
    /// <summary>One line: how the dataset is kept and what comes next.</summary>
    public static string Sentence(DatasetPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var health = plan.Health;
        var have = $"{health.VerifiedIndependent} of {health.Target} verified, independent copies";
        var state = health.Level switch
        {
            HealthLevel.Healthy => $"Safe: {have}.",
            HealthLevel.Degraded => $"Fewer copies than wanted: {have}.",
            HealthLevel.Endangered => $"In danger: only {have}; {Count(health.Retrievable.Count, "copy", "copies")} can be read now.",
            HealthLevel.Lost => "No copy can be read now.",
            _ => $"New: {have} so far.",
        };
        return $"{state} {Next(plan)}".TrimEnd();
    }

    /// <summary>One line on one replica: why it counts or not, and when that may change.</summary>
    public static string Replica(ReplicaStanding standing, ReplicaRecord row)
    {
        ArgumentNullException.ThrowIfNull(standing);
        ArgumentNullException.ThrowIfNull(row);
        var until = standing.Until is { } t ? $" until {t:u}" : string.Empty;
        return standing.Class switch
        {
            ReplicaClass.Healthy => $"Counts: {Checked(row)}.",
            ReplicaClass.UnknownNode => "Does not count: the node is no longer a member's.",
            ReplicaClass.PresumedLost => "Written off: the node has been silent for too long.",
            ReplicaClass.Maintenance => $"Does not count now: the node is in announced maintenance{until}.",
            ReplicaClass.Away => $"Does not count now: the node is silent; it is waited for{until}.",
            ReplicaClass.Corrupt => "Does not count: blocks on the node do not match their hashes.",
            ReplicaClass.Missing when row.Cause == ReplicaCause.RepositoryReplaced => "Gone: the node has a new, empty repository.",
            ReplicaClass.Missing when row.Cause == ReplicaCause.BlocksMissing => "Does not count: some blocks are not on the node.",
            ReplicaClass.Missing => "Gone: the node no longer keeps it pinned.",
            ReplicaClass.Awaited when row.GivenUp => $"Not there: the node could not take it. {RetryPolicy.Advice(row.AttemptCause)}",
            ReplicaClass.Awaited => "On its way: nothing is there yet.",
            ReplicaClass.Claimed => "Does not count yet: the node says it is there, and it is still to be checked.",
            ReplicaClass.Suspect => $"Does not count now: it is checked again; {Checked(row)}.",
            ReplicaClass.Exiting => $"Does not count: the node leaves. It serves as a source; {Checked(row)}.",
            ReplicaClass.Probation => $"Does not count yet: the node is on trial; {Checked(row)}.",
            ReplicaClass.OutOfPlacement => "Does not count: the policy does not allow this node.",
            ReplicaClass.Stale => $"Does not count: the last check is too old or not deep enough; {Checked(row)}.",
            _ => "Does not count: another copy in the same failure domain counts already.",
        };
    }

    private static string Checked(ReplicaRecord row)
    {
        if (row.LastVerification is not { } check)
        {
            return "never checked";
        }

        var how = check.Depth == VerificationDepth.Full ? "every block" : Count((int)Math.Min(check.Blocks, int.MaxValue), "block", "blocks");
        return $"{how} checked on {check.At:yyyy-MM-dd HH:mm} UTC";
    }

    private static string Next(DatasetPlan plan)
    {
        if (plan.Actions.Count > 0)
        {
            return string.Join(" ", plan.Actions.GroupBy(a => a.Kind).Select(g => Doing(g.Key, [.. g.Select(a => a.Node.Value)])));
        }

        return plan.NotYet.Count > 0 ? plan.NotYet[0].Text : string.Empty;
    }

    internal static string Running(ActionKind kind, NodeId node) => kind switch
    {
        ActionKind.Assign or ActionKind.Replicate => $"A copy has been on its way to {node}",
        ActionKind.Verify => $"The copy on {node} has been under check",
        ActionKind.Heal => $"Damaged blocks on {node} have been under repair",
        _ => $"The copy on {node} has been under removal",
    };

    private static string Doing(ActionKind kind, IReadOnlyList<string> nodes)
    {
        var where = string.Join(", ", nodes);
        return kind switch
        {
            ActionKind.Assign => $"New copies go to {where}.",
            ActionKind.Replicate => $"Copies are on their way to {where}.",
            ActionKind.Verify => $"The copies on {where} are checked.",
            ActionKind.Heal => $"Damaged blocks on {where} are replaced.",
            ActionKind.Trim => $"The surplus copy on {where} is removed.",
            ActionKind.Retire => $"The copy on {where} is removed as the dataset is no longer wanted.",
            _ => $"Nothing is left on {where}; the row is struck.",
        };
    }

    private static string Count(int n, string one, string many) => n == 1 ? $"1 {one}" : $"{n} {many}";
}
