using System.Numerics;

namespace Etdb.Domain.Replication;

/// <summary>The classifier over plain values: no allocation, a few hundred nanoseconds a dataset.</summary>
internal static class ClassifierCore
{
    /// <summary>Times beyond this (year 9999) mean never.</summary>
    public const long NeverMs = 253_402_300_799_000;

    public static Classification Classify(PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas, NodeFact[] nodes, long nowMs, in LadderFact ladder)
    {
        var sets = default(Classification);
        ulong good = 0;
        for (var i = 0; i < replicas.Length; i++)
        {
            ref readonly var replica = ref replicas[i];
            var bit = 1UL << i;
            if (replica.Node < 0)
            {
                sets.UnknownNode |= bit;
                continue;
            }

            ref readonly var node = ref nodes[replica.Node];
            if (IsRetrievable(replica, node))
            {
                sets.Retrievable |= bit;
            }

            PlaceByState(ref sets, ref good, bit, replica, node, policy, nowMs);
        }

        CountHealthy(ref sets, good, policy, replicas, nowMs);
        WriteOff(ref sets, policy.Policy, replicas, nodes, nowMs, ladder);
        sets.Prospective = Prospective(sets, policy, replicas, nodes, nowMs, ladder);
        sets.ProspectiveIndependent = Domains(sets.Prospective, policy, replicas);
        sets.RetrievableIndependent = Domains(sets.Retrievable, policy, replicas);
        return sets;
    }

    public static HealthLevel Level(ReplicationPolicy policy, in Classification sets, bool pending)
    {
        if (sets.VerifiedIndependent >= policy.Target)
        {
            return HealthLevel.Healthy;
        }

        if (pending)
        {
            return HealthLevel.Pending;
        }

        if (sets.Retrievable == 0)
        {
            return HealthLevel.Lost;
        }

        return sets.VerifiedIndependent >= policy.Floor ? HealthLevel.Degraded : HealthLevel.Endangered;
    }

    /// <summary>When a clock that runs for this replica ends; <see cref="NeverMs"/> or more when none runs.</summary>
    public static long UntilMs(in ReplicaFact replica, ReplicaClass kind, NodeFact[] nodes, in LadderFact ladder, int otherVerified) => kind switch
    {
        ReplicaClass.Away => LostAtMs(replica, nodes[replica.Node], ladder, otherVerified),
        ReplicaClass.Maintenance => nodes[replica.Node].MaintenanceUntilMs,
        ReplicaClass.Suspect or ReplicaClass.Missing or ReplicaClass.Corrupt => replica.SinceMs + ladder.PatienceMs,
        _ => long.MaxValue,
    };

    public static int Domains(ulong set, PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas)
    {
        var count = 0;
        for (var rest = set; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            if (!HasEarlier(set, i, policy, replicas))
            {
                count++;
            }
        }

        return count;
    }

    private static bool HasEarlier(ulong set, int i, PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas)
    {
        var domain = policy.Domain[replicas[i].Node];
        for (var rest = set & ((1UL << i) - 1); rest != 0; rest &= rest - 1)
        {
            if (policy.Domain[replicas[BitOperations.TrailingZeroCount(rest)].Node] == domain)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRetrievable(in ReplicaFact replica, in NodeFact node) =>
        node.Answers && replica.VerifiedAtMs > 0 && (replica.State is ReplicaState.Verified or ReplicaState.Suspect);

    private static void PlaceByState(ref Classification sets, ref ulong good, ulong bit, in ReplicaFact replica, in NodeFact node, PreparedPolicy policy, long nowMs)
    {
        switch (node.Status)
        {
            case NodeStatus.PresumedLost:
                sets.PresumedLost |= bit;
                return;
            case NodeStatus.Maintenance:
                sets.Maintenance |= bit;
                return;
            case NodeStatus.Unreachable:
                sets.Away |= bit;
                return;
            default:
                break;
        }

        switch (replica.State)
        {
            case ReplicaState.Unreachable:
                sets.Away |= bit;
                return;
            case ReplicaState.Corrupt:
                sets.Corrupt |= bit;
                return;
            case ReplicaState.Missing:
                sets.Missing |= bit;
                sets.Healable |= replica.Healable ? bit : 0;
                return;
            case ReplicaState.Assigned:
                sets.Awaited |= bit;
                return;
            case ReplicaState.Claimed:
                sets.Claimed |= bit;
                return;
            case ReplicaState.Suspect:
                sets.Suspect |= bit;
                return;
            default:
                PlaceVerified(ref sets, ref good, bit, replica, node, policy, nowMs);
                return;
        }
    }

    private static void PlaceVerified(ref Classification sets, ref ulong good, ulong bit, in ReplicaFact replica, in NodeFact node, PreparedPolicy policy, long nowMs)
    {
        if (node.Exiting)
        {
            sets.Exiting |= bit;
        }
        else if (node.OnProbation)
        {
            sets.Probation |= bit;
        }
        else if (!policy.Allowed[replica.Node])
        {
            sets.OutOfPlacement |= bit;
        }
        else if (!IsFresh(replica, policy, nowMs))
        {
            sets.Stale |= bit;
        }
        else
        {
            good |= bit;
        }
    }

    private static bool IsFresh(in ReplicaFact replica, PreparedPolicy policy, long nowMs)
    {
        var at = ProvenMs(replica, policy);
        return at > 0 && nowMs - at <= policy.MaximumAgeMs;
    }

    /// <summary>The newest check deep enough for the policy; 0 when there is none.</summary>
    private static long ProvenMs(in ReplicaFact replica, PreparedPolicy policy) =>
        replica.Depth >= policy.Policy.MinimumDepth ? replica.VerifiedAtMs : replica.FullAtMs;

    /// <summary>One replica a domain counts: the one verified last, then the one on the lower node; the others are clumped.</summary>
    private static void CountHealthy(ref Classification sets, ulong good, PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas, long nowMs)
    {
        for (var rest = good; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            if (IsBestOfDomain(good, i, policy, replicas))
            {
                sets.Healthy |= 1UL << i;
                sets.Ageing |= nowMs - ProvenMs(replicas[i], policy) >= policy.RecheckMs ? 1UL << i : 0;
                sets.VerifiedIndependent++;
            }
            else
            {
                sets.Clumped |= 1UL << i;
            }
        }
    }

    private static bool IsBestOfDomain(ulong good, int i, PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas)
    {
        ref readonly var mine = ref replicas[i];
        for (var rest = good & ~(1UL << i); rest != 0; rest &= rest - 1)
        {
            ref readonly var other = ref replicas[BitOperations.TrailingZeroCount(rest)];
            if (policy.Domain[other.Node] != policy.Domain[mine.Node])
            {
                continue;
            }

            if (other.VerifiedAtMs > mine.VerifiedAtMs || (other.VerifiedAtMs == mine.VerifiedAtMs && other.Node < mine.Node))
            {
                return false;
            }
        }

        return true;
    }

    private static void WriteOff(ref Classification sets, ReplicationPolicy policy, ReadOnlySpan<ReplicaFact> replicas, NodeFact[] nodes, long nowMs, in LadderFact ladder)
    {
        for (var rest = sets.Away; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            if (nowMs >= LostAtMs(replicas[i], nodes[replicas[i].Node], ladder, sets.VerifiedIndependent))
            {
                sets.Away &= ~(1UL << i);
                sets.PresumedLost |= 1UL << i;
            }
        }
    }

    private static long LostAtMs(in ReplicaFact replica, in NodeFact node, in LadderFact ladder, int otherVerified)
    {
        var since = node.Status == NodeStatus.Unreachable ? node.AbsentSinceMs : replica.SinceMs;
        return since + (node.LostAfterOverrideMs >= 0 ? node.LostAfterOverrideMs : ladder.LostAfterMs(otherVerified));
    }

    /// <summary>
    /// Replicas in whose place no other is sought yet: they count, or a check, a heal, a return or running work may make them count. What only waits
    /// for its turn (assigned, claimed) is waited for however long the queue is, until work on it has failed for good; what is in doubt or damaged
    /// has a day.
    /// </summary>
    private static ulong Prospective(in Classification sets, PreparedPolicy policy, ReadOnlySpan<ReplicaFact> replicas, NodeFact[] nodes, long nowMs, in LadderFact ladder)
    {
        var prospective = sets.Healthy | sets.Clumped | sets.Stale;
        var minimum = Math.Min(ladder.MaintenanceMinimum, policy.Policy.Target - 1);
        var away = sets.Away | (sets.VerifiedIndependent >= minimum ? sets.Maintenance : 0);
        var queued = sets.Awaited | sets.Claimed;
        var inDoubt = sets.Suspect | sets.Corrupt | sets.Healable;
        for (var rest = away | queued | inDoubt | sets.Missing; rest != 0; rest &= rest - 1)
        {
            var bit = rest & (~rest + 1);
            ref readonly var replica = ref replicas[BitOperations.TrailingZeroCount(rest)];
            ref readonly var node = ref nodes[replica.Node];
            if ((replica.GivenUp && !replica.Underway) || node.Exiting || node.OnProbation || !policy.Allowed[replica.Node])
            {
                continue;
            }

            // An empty assignment on a silent node is nothing to wait for.
            var worthWaiting = (away & bit) == 0 || replica.VerifiedAtMs > 0 || replica.State == ReplicaState.Claimed;
            var inTime = (inDoubt & bit) == 0 || nowMs - replica.SinceMs < ladder.PatienceMs;
            var comesBack = (bit & sets.Missing & ~sets.Healable) == 0;
            if ((worthWaiting && inTime && comesBack) || (replica.Underway && node.Answers))
            {
                prospective |= bit;
            }
        }

        return prospective;
    }
}
