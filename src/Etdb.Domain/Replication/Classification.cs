using System.Numerics;

namespace Etdb.Domain.Replication;

/// <summary>A replica reduced to what the classifier reads. Times are Unix milliseconds; 0 means never.</summary>
internal readonly record struct ReplicaFact(int Node, ReplicaState State, VerificationDepth Depth, long SinceMs, long VerifiedAtMs, long FullAtMs, bool Healable, bool GivenUp, bool Underway)
{
    public static ReplicaFact From(ReplicaView view, ClusterView cluster) => new(
        cluster.IndexOf(view.Node),
        view.State,
        view.LastVerification?.Depth ?? VerificationDepth.None,
        view.Since.ToUnixTimeMilliseconds(),
        view.LastVerification?.At.ToUnixTimeMilliseconds() ?? 0,
        view.LastFullVerification?.At.ToUnixTimeMilliseconds() ?? (view.LastVerification is { Depth: VerificationDepth.Full } v ? v.At.ToUnixTimeMilliseconds() : 0),
        view.Cause is ReplicaCause.BlocksMissing or ReplicaCause.BlocksCorrupt,
        view.GivenUp,
        view.Underway);
}

/// <summary>The ladder in milliseconds.</summary>
internal readonly record struct LadderFact(long OneOtherMs, long TwoOthersMs, long MoreOthersMs, int MaintenanceMinimum, long PatienceMs)
{
    public static LadderFact From(GraceLadder ladder) => new(
        (long)ladder.LostWithOneOther.TotalMilliseconds,
        (long)ladder.LostWithTwoOthers.TotalMilliseconds,
        (long)ladder.LostWithMoreOthers.TotalMilliseconds,
        ladder.MaintenanceMinimum,
        (long)ladder.Patience.TotalMilliseconds);

    public long LostAfterMs(int others) => others switch
    {
        <= 1 => OneOtherMs,
        2 => TwoOthersMs,
        _ => MoreOthersMs,
    };
}

/// <summary>The sets of a dataset's replicas as bit masks over their positions, and the counts that follow. See <see cref="DatasetHealth"/>.</summary>
internal struct Classification
{
    public ulong Healthy;
    public ulong Retrievable;
    public ulong Prospective;
    public ulong UnknownNode;
    public ulong PresumedLost;
    public ulong Maintenance;
    public ulong Away;
    public ulong Corrupt;
    public ulong Missing;
    public ulong Awaited;
    public ulong Claimed;
    public ulong Suspect;
    public ulong Exiting;
    public ulong Probation;
    public ulong OutOfPlacement;
    public ulong Stale;
    public ulong Clumped;

    /// <summary>Of the missing: only some blocks, so that it can be healed in place and may still give the others.</summary>
    public ulong Healable;

    /// <summary>Of the healthy: to be checked again before they go stale.</summary>
    public ulong Ageing;
    public int VerifiedIndependent;
    public int RetrievableIndependent;
    public int ProspectiveIndependent;

    public readonly int HealthyCount => BitOperations.PopCount(Healthy);

    public readonly ReplicaClass ClassOf(int i)
    {
        var bit = 1UL << i;
        ReadOnlySpan<ulong> masks =
        [
            Healthy, UnknownNode, PresumedLost, Maintenance, Away, Corrupt, Missing, Awaited, Claimed, Suspect, Exiting, Probation, OutOfPlacement, Stale, Clumped,
        ];
        for (var k = 0; k < masks.Length; k++)
        {
            if ((masks[k] & bit) != 0)
            {
                return (ReplicaClass)k;
            }
        }

        throw new InvalidOperationException($"Replica {i} has no class.");
    }
}
