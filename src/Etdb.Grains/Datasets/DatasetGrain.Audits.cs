using Etdb.Domain.Audit;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;

namespace Etdb.Grains.Datasets;

/// <summary>Checks of copies nobody doubts: <see cref="AuditPlanner"/> says when, the node how many a day.</summary>
public sealed partial class DatasetGrain
{
    /// <summary>Checks whose turn has come; and when the next comes.</summary>
    private (IReadOnlyList<PlannedAudit> Audits, DateTimeOffset? Next) Audits(ContentState content, DatasetPlan plan, PlannerContext context)
    {
        var audits = new List<PlannedAudit>();
        DateTimeOffset? next = null;
        if (_state.Value.Paused)
        {
            return (audits, next);
        }

        for (var i = 0; i < plan.Health.Replicas.Count; i++)
        {
            var row = content.Replicas[i];
            var standing = plan.Health.Replicas[i];
            var idle = !_state.Value.Operations.Any(o => o.Root == content.Root && o.Node == row.Node) && !plan.Actions.Any(a => a.Node == row.Node);
            if (!standing.Retrievable || !idle || row.NextAttemptAt > context.Now || !context.Cluster.TryGet(row.Node, out var node) || !node.Answers)
            {
                continue;
            }

            var turn = AuditPlanner.Turn(Candidate(row, plan.Health, node), _planning.Audit, context.Now, _planning.TurnOf(Id, row));
            var full = turn.Scrub || _state.Value.AuditAskedAt > (row.LastFullVerification?.At ?? DateTimeOffset.MinValue);
            if (full || turn.Challenge)
            {
                audits.Add(new PlannedAudit(new PlannedAction(ActionKind.Verify, row.Node, ActionReason.Audit, [], full ? VerificationDepth.Full : VerificationDepth.Sample), turn.Urgency));
            }
            else
            {
                next = Earlier(next, turn.NextAt);
            }
        }

        return (audits, next);
    }

    private static AuditCandidate Candidate(ReplicaRecord row, DatasetHealth health, NodeView node) => new()
    {
        LastCheck = row.LastVerification?.At,
        LastFull = row.LastFullVerification?.At,
        Since = row.Since,
        ReadableDomains = health.RetrievableIndependent,
        Reputation = node.Reputation,
        JustRepaired = row.Evidence.HealedAt > row.LastVerification?.At,
    };

    /// <summary>Begins a check; a sample only when the node has one left of its day's, else it draws when it asks again.</summary>
    private async Task<DateTimeOffset?> BeginAuditAsync(ContentPlan plan, PlannedAudit audit, TopologyView topology)
    {
        if (audit.Action.Depth == VerificationDepth.Full || await GrainFactory.GetGrain<INodeGrain>(audit.Action.Node.Value).TakeChallenge())
        {
            return await BeginAsync(plan, audit.Action, topology);
        }

        var wait = AuditPlanner.Wait(audit.Urgency, _planning.Nonce());
        return _reporter.Now + (wait > _options.BusyRetry ? wait : _options.BusyRetry);
    }

    /// <summary>A check whose turn has come.</summary>
    private sealed record PlannedAudit(PlannedAction Action, double Urgency);
}
