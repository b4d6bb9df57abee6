namespace Etdb.Domain.Membership;

/// <summary>How one node of a member on probation has done.</summary>
/// <param name="Node">Which node.</param>
/// <param name="Answers">It answers now.</param>
/// <param name="ProvenSince">First check of a copy on it that passed after the last that failed; null when none passed since.</param>
/// <param name="LastProvenAt">The last check that passed; null when none did.</param>
/// <param name="Passed">Checks passed since <paramref name="ProvenSince"/>.</param>
public sealed record NodeTrial(string Node, bool Answers, DateTimeOffset? ProvenSince, DateTimeOffset? LastProvenAt, int Passed);

/// <summary>What is decided of a member on probation.</summary>
/// <param name="Pass">It becomes a full member now.</param>
/// <param name="Text">Why, or what is waited for; for people.</param>
public sealed record ProbationVerdict(bool Pass, string Text);

/// <summary>
/// When probation ends: every node of the member holds trial copies, has passed its checks without one failure for the whole period, and passed
/// one at its end. A failed check begins the period anew. Pure.
/// </summary>
public static class ProbationRule
{
    /// <summary>Decides.</summary>
    public static ProbationVerdict Decide(IReadOnlyList<NodeTrial> nodes, TimeSpan period, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        if (nodes.Count == 0)
        {
            return new ProbationVerdict(false, "No node has joined yet.");
        }

        foreach (var node in nodes)
        {
            if (node.ProvenSince is not { } since)
            {
                return new ProbationVerdict(false, $"No copy on {node.Node} has passed a check yet.");
            }

            if (now - since < period)
            {
                return new ProbationVerdict(false, $"{node.Node} has passed {node.Passed} checks since {since:u}; it is looked at again at {since + period:u}.");
            }

            if (!node.Answers)
            {
                return new ProbationVerdict(false, $"{node.Node} does not answer now.");
            }

            if (node.LastProvenAt is not { } last || last - since < period / 2)
            {
                return new ProbationVerdict(false, $"{node.Node} was last checked {node.LastProvenAt:u}; one more check is waited for.");
            }
        }

        return new ProbationVerdict(true, $"Every copy that was checked for {(period.TotalDays >= 1 ? $"{period.TotalDays:0.#} days" : $"{period.TotalSeconds:0} seconds")} was whole.");
    }

    /// <summary>A trial after one more check.</summary>
    public static NodeTrial After(NodeTrial before, bool passed, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(before);
        return passed
            ? before with { ProvenSince = before.ProvenSince ?? at, LastProvenAt = at, Passed = before.Passed + 1 }
            : before with { ProvenSince = null, LastProvenAt = null, Passed = 0 };
    }
}
