using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Repair;

/// <summary>A world in which every action succeeds at once.</summary>
internal static class Perfect
{
    public static DatasetView CarryOut(DatasetView dataset, DatasetPlan plan, DateTimeOffset now)
    {
        var rows = dataset.Replicas.ToDictionary(r => r.Node);
        var lastTrim = dataset.LastTrimAt;
        foreach (var action in plan.Actions)
        {
            switch (action.Kind)
            {
                case ActionKind.Assign:
                    rows[action.Node] = ReplicaRecord.Assign(action.Node, now);
                    break;
                case ActionKind.Replicate:
                    rows[action.Node] = Seen(rows[action.Node], ObservationKind.Pinned, now).AttemptSucceeded();
                    break;
                case ActionKind.Heal:
                    rows[action.Node] = Seen(rows[action.Node], ObservationKind.Healed, now).AttemptSucceeded();
                    break;
                case ActionKind.Verify:
                    rows[action.Node] = Seen(Seen(rows[action.Node], ObservationKind.Listed, now), ObservationKind.CheckComplete, now).AttemptSucceeded();
                    break;
                case ActionKind.Trim or ActionKind.Retire:
                    rows.Remove(action.Node);
                    lastTrim = now;
                    break;
                default:
                    rows.Remove(action.Node);
                    break;
            }
        }

        return dataset with { Replicas = [.. rows.Values], LastTrimAt = lastTrim };
    }

    private static ReplicaRecord Seen(ReplicaRecord row, ObservationKind kind, DateTimeOffset now) =>
        ReplicaObserver.Observe(row, new Observation(row.Node, kind, now, ObservationSource.Operation, VerificationDepth.Full, 10), now).Replica;
}
