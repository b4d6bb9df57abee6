using Etdb.Domain.Durability;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Nodes;

/// <summary>What a probe changed.</summary>
/// <param name="State">The state afterwards.</param>
/// <param name="Replaced">The repository is another one than before.</param>
/// <param name="WentAway">Its replicas stopped counting.</param>
/// <param name="Returned">Its replicas may count again.</param>
/// <param name="Worth">Worth writing to disk.</param>
internal sealed record NodeFindings(NodeState State, bool Replaced, bool WentAway, bool Returned, bool Worth);

/// <summary>Pure: from a node's state and a probe to its next state. Where silence leads is the ladder's to say.</summary>
internal static class NodeObserver
{
    /// <summary>Used bytes are told again when they moved by more than this share of the capacity.</summary>
    private const double UsedStep = 0.01;

    /// <summary>The last answer is written down at least this often, so that silence is not overestimated by more after a restart.</summary>
    private static readonly TimeSpan AnswerWrittenEvery = TimeSpan.FromHours(1);

    /// <summary>Applies one probe.</summary>
    /// <param name="before">State before.</param>
    /// <param name="probe">What was found.</param>
    /// <param name="silentFrom">Last answer known to this activation; the silence is measured from it.</param>
    /// <param name="now">When the probe ended.</param>
    /// <param name="ladder">Where silence leads.</param>
    public static NodeFindings Apply(NodeState before, NodeProbe probe, DateTimeOffset silentFrom, DateTimeOffset now, GraceLadder ladder)
    {
        var status = probe.Reachable ? NodeStatus.Up : Worse(before.Status, BySilence(Schedule(before), silentFrom, now, ladder));
        var next = probe.Reachable ? Answered(before, probe, now) : before with { Problem = probe.Problem };
        var changed = status != before.Status;
        if (changed)
        {
            next = next with { Status = status, StatusSince = status == NodeStatus.Up ? now : silentFrom };
        }

        var replaced = probe.Reachable && before.RepositoryId is { } old && probe.RepositoryId is { } seen && seen != old;
        var worth = changed || replaced || before.RepositoryId != next.RepositoryId || before.Agent != next.Agent || before.Problem != next.Problem
            || before.CapacityBytes != next.CapacityBytes || before.UsedBytes != next.UsedBytes
            || (probe.Reachable && (before.LastAnswerAt is not { } written || now - written >= AnswerWrittenEvery));
        if (!worth)
        {
            return new NodeFindings(before, false, false, false, false);
        }

        if (probe.Reachable)
        {
            next = next with { LastAnswerAt = now };
        }

        return new NodeFindings(
            next with { Version = before.Version + 1 },
            replaced,
            WentAway: !IsAway(before.Status) && IsAway(status),
            Returned: IsAway(before.Status) && status == NodeStatus.Up,
            Worth: true);
    }

    /// <summary>What deciders see of a node.</summary>
    /// <param name="id">Which node.</param>
    /// <param name="state">What is known of it.</param>
    /// <param name="reservedBytes">Room promised to work under way.</param>
    /// <param name="now">The moment.</param>
    /// <param name="priorPerYear">Losses of a node a year expected before anything is learnt about it.</param>
    public static NodeView View(NodeId id, NodeState state, long reservedBytes, DateTimeOffset now, double priorPerYear)
    {
        var registration = state.Registration!;
        var inMaintenance = state.MaintenanceUntil > now;
        var silent = state.Status != NodeStatus.Up;
        var exiting = state.Draining || state.Standing is MemberStanding.Draining or MemberStanding.Left;
        return new NodeView
        {
            Node = id,
            Member = registration.Member,
            Site = registration.Site,
            Country = registration.Country,
            Tags = registration.Tags,
            Status = silent && inMaintenance ? NodeStatus.Maintenance : state.Status,
            StatusSince = state.StatusSince,
            AbsentSince = silent ? now - Schedule(state).Outside(state.StatusSince, now) : null,
            MaintenanceUntil = inMaintenance ? state.MaintenanceUntil : null,
            Exiting = exiting,
            OnProbation = state.Standing == MemberStanding.Probation,
            NoNewReplicas = registration.SourceOnly || exiting || inMaintenance,
            CapacityBytes = state.CapacityBytes,
            UsedBytes = state.UsedBytes,
            ReservedBytes = reservedBytes,
            LossRatePerYear = new LossRate(state.Losses, 0).Watched(now - state.JoinedAt).PerYearWith(priorPerYear),
            Reputation = state.Reputation.PlacementWeight,
        };
    }

    /// <summary>Whether replicas on a node in that status do not count.</summary>
    public static bool IsAway(NodeStatus status) => status is NodeStatus.Unreachable or NodeStatus.PresumedLost;

    private static NodeState Answered(NodeState before, NodeProbe probe, DateTimeOffset now)
    {
        var capacity = Math.Min(before.Registration?.CapacityBytes ?? long.MaxValue, probe.CapacityBytes > 0 ? probe.CapacityBytes : before.Registration?.CapacityBytes ?? 0);
        var step = Math.Max(1, (long)(capacity * UsedStep));
        return before with
        {
            Agent = probe.Agent ?? before.Agent,
            RepositoryId = probe.RepositoryId ?? before.RepositoryId,
            CapacityBytes = capacity,
            UsedBytes = Math.Abs(probe.UsedBytes - before.UsedBytes) >= step || before.LastAnswerAt is null ? probe.UsedBytes : before.UsedBytes,
            Problem = probe.Problem,
        };
    }

    /// <summary>Silence only ever makes it worse; a clock set back does not make an absent node better.</summary>
    private static NodeStatus Worse(NodeStatus before, NodeStatus bySilence) =>
        before is NodeStatus.Up or NodeStatus.Suspect or NodeStatus.Unreachable or NodeStatus.PresumedLost && before > bySilence ? before : bySilence;

    /// <summary>Announced time is taken off before a node is written off; that it does not answer, and that its copies do not count, is so all the same.</summary>
    private static NodeStatus BySilence(MaintenanceSchedule schedule, DateTimeOffset silentFrom, DateTimeOffset now, GraceLadder ladder)
    {
        var announced = ladder.StatusAfter(schedule.Outside(silentFrom, now));
        var silent = ladder.StatusAfter(now - silentFrom);
        return announced == NodeStatus.PresumedLost || silent < NodeStatus.PresumedLost ? silent : NodeStatus.Unreachable;
    }

    private static MaintenanceSchedule Schedule(NodeState state) => state is { MaintenanceFrom: { } from, MaintenanceUntil: { } until } && until > from
        ? new MaintenanceSchedule { Windows = [new MaintenanceWindow(from, until, "", "")] }
        : MaintenanceSchedule.None;
}
