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

    private static string Next(DatasetPlan plan)
    {
        if (plan.Actions.Count > 0)
        {
            return string.Join(" ", plan.Actions.GroupBy(a => a.Kind).Select(g => Doing(g.Key, [.. g.Select(a => a.Node.Value)])));
        }

        return plan.NotYet.Count > 0 ? plan.NotYet[0].Text : string.Empty;
    }

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
