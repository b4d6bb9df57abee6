namespace Etdb.Domain.Replication;

/// <summary>
/// How long silence is borne. Down is not lost: a silent node becomes suspect, then unreachable, and its copy of a dataset is written
/// off the sooner the fewer other verified copies that dataset has. The default figures are the consortium's; a demo shortens them.
/// </summary>
public sealed record GraceLadder
{
    /// <summary>The consortium's figures.</summary>
    public static GraceLadder Default { get; } = new();

    /// <summary>Silence after which a node gets no new work.</summary>
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence after which its replicas do not count.</summary>
    public TimeSpan UnreachableAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Silence after which its copy is written off when at most one other verified copy is left.</summary>
    public TimeSpan LostWithOneOther { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The same when two others are left.</summary>
    public TimeSpan LostWithTwoOthers { get; init; } = TimeSpan.FromHours(72);

    /// <summary>The same when three or more others are left.</summary>
    public TimeSpan LostWithMoreOthers { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Fewest copies that must stay verified elsewhere for a maintenance window to be waited out (never more than target − 1).</summary>
    public int MaintenanceMinimum { get; init; } = 2;

    /// <summary>Time a suspect copy may wait for its check, or a damaged one for its healing, before another is sought.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Silence after which an absent copy is written off.</summary>
    /// <param name="otherVerified">Verified independent copies of the dataset elsewhere, from 0.</param>
    public TimeSpan LostAfter(int otherVerified) => otherVerified switch
    {
        <= 1 => LostWithOneOther,
        2 => LostWithTwoOthers,
        _ => LostWithMoreOthers,
    };

    /// <summary>Where a node stands by its silence alone.</summary>
    /// <param name="silence">Time since its last answer, maintenance time taken off.</param>
    public NodeStatus StatusAfter(TimeSpan silence)
    {
        if (silence >= LostWithMoreOthers)
        {
            return NodeStatus.PresumedLost;
        }

        if (silence >= UnreachableAfter)
        {
            return NodeStatus.Unreachable;
        }

        return silence >= SuspectAfter ? NodeStatus.Suspect : NodeStatus.Up;
    }
}
