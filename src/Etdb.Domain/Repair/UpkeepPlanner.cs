using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>Work on the rows that exist: check what is unproven, fetch what is assigned, heal what is damaged, strike what is replaced.</summary>
internal static class UpkeepPlanner
{
    public static void Plan(PlanDraft draft)
    {
        for (var i = 0; i < draft.Health.Replicas.Count; i++)
        {
            PlanRow(draft, draft.Health.Replicas[i], draft.Dataset.Replicas[i]);
        }
    }

    private static void PlanRow(PlanDraft draft, ReplicaStanding standing, ReplicaRecord row)
    {
        switch (standing.Class)
        {
            case ReplicaClass.Away:
                draft.Defer(NotYetReason.MayReturn, row.Node, standing.Until, $"{row.Node} is silent but may come back; its copy is written off at {standing.Until:u}.");
                break;
            case ReplicaClass.Maintenance:
                draft.Defer(NotYetReason.Maintenance, row.Node, standing.Until, $"{row.Node} is in announced maintenance.");
                break;
            case ReplicaClass.PresumedLost or ReplicaClass.UnknownNode:
                ForgetReplaced(draft, row);
                break;
            case ReplicaClass.Claimed:
                Check(draft, row, ActionReason.Unproven);
                break;
            case ReplicaClass.Stale:
                Check(draft, row, ActionReason.Stale);
                break;
            case ReplicaClass.Suspect when row.Cause == ReplicaCause.PinGone:
                Fetch(draft, row, ActionReason.PinGone);
                break;
            case ReplicaClass.Suspect:
                Check(draft, row, ActionReason.InDoubt);
                break;
            case ReplicaClass.Awaited:
                PlanAwaited(draft, row);
                break;
            case ReplicaClass.Corrupt:
                Heal(draft, row);
                break;
            case ReplicaClass.Missing:
                PlanMissing(draft, row);
                break;
            default:
                PlanStanding(draft, standing, row);
                break;
        }
    }

    /// <summary>Copies that count are checked before that goes stale; those that cannot count for where they are have to stay readable.</summary>
    private static void PlanStanding(PlanDraft draft, ReplicaStanding standing, ReplicaRecord row)
    {
        if (standing.Class == ReplicaClass.Healthy)
        {
            if (draft.Context.Now >= draft.Dataset.Policy.RecheckAt(row))
            {
                Check(draft, row, ActionReason.Ageing);
            }

            return;
        }

        var age = draft.Context.Now - (row.LastVerification?.At ?? DateTimeOffset.MinValue);
        if (age > draft.Dataset.Policy.MaximumVerificationAge || (standing.Class == ReplicaClass.Probation && age > draft.Context.TrialRecheck))
        {
            Check(draft, row, ActionReason.Stale);
        }
    }

    private static void PlanAwaited(PlanDraft draft, ReplicaRecord row)
    {
        if (!row.GivenUp)
        {
            Fetch(draft, row, draft.Dataset.EstablishedAt is null ? ActionReason.New : ActionReason.TooFew);
            return;
        }

        if (draft.Context.Now - (row.FailingSince ?? row.Since) >= draft.Context.ForgetAfter)
        {
            draft.Add(new PlannedAction(ActionKind.Forget, row.Node, ActionReason.Replaced, []));
            return;
        }

        var until = (row.FailingSince ?? row.Since) + draft.Context.ForgetAfter;
        draft.Defer(NotYetReason.Backoff, row.Node, until, $"{row.Node} could not take it ({row.AttemptCause}); another node is used. {RetryPolicy.Advice(row.AttemptCause)}");
    }

    private static void PlanMissing(PlanDraft draft, ReplicaRecord row)
    {
        if (row.IsListed && row.Cause == ReplicaCause.BlocksMissing)
        {
            Heal(draft, row);
        }
        else if (draft.Health.RetrievableIndependent == 0 && row.Cause == ReplicaCause.PinGone)
        {
            LastHope(draft, row);
        }
        else
        {
            ForgetReplaced(draft, row);
        }
    }

    /// <summary>Hashes what may be left behind a pin that is gone, and again after the longest backoff: blocks do not come back by being looked at.</summary>
    private static void LastHope(PlanDraft draft, ReplicaRecord row)
    {
        if (draft.WaitsForBackoff(row))
        {
            return;
        }

        if (row.Evidence.LookedAt is { } looked && looked + draft.Context.Retry.Longest is var next && next > draft.Context.Now)
        {
            draft.Defer(NotYetReason.NoSource, row.Node, next, $"Nothing that can be read was found on {row.Node}; it is looked at again at {next:u}.");
            return;
        }

        draft.Add(new PlannedAction(ActionKind.Verify, row.Node, ActionReason.LastHope, [], VerificationDepth.Full));
    }

    private static void ForgetReplaced(PlanDraft draft, ReplicaRecord row)
    {
        if (draft.Health.VerifiedIndependent >= draft.Dataset.Policy.Target && draft.Context.Now - row.Since >= draft.Context.ForgetAfter)
        {
            draft.Add(new PlannedAction(ActionKind.Forget, row.Node, ActionReason.Replaced, []));
        }
    }

    private static void Check(PlanDraft draft, ReplicaRecord row, ActionReason reason)
    {
        if (!draft.WaitsForBackoff(row))
        {
            var depth = draft.Dataset.Policy.MinimumDepth < VerificationDepth.Sample ? VerificationDepth.Sample : draft.Dataset.Policy.MinimumDepth;
            draft.Add(new PlannedAction(ActionKind.Verify, row.Node, reason, [], depth));
        }
    }

    private static void Fetch(PlanDraft draft, ReplicaRecord row, ActionReason reason)
    {
        if (draft.WaitsForBackoff(row))
        {
            return;
        }

        var sources = draft.Sources(row.Node);
        if (!draft.LacksSource(sources, row.Node))
        {
            draft.Add(new PlannedAction(ActionKind.Replicate, row.Node, reason, sources));
        }
    }

    private static void Heal(PlanDraft draft, ReplicaRecord row)
    {
        if (draft.WaitsForBackoff(row))
        {
            return;
        }

        var sources = draft.Sources(row.Node);
        if (sources.Count == 0)
        {
            draft.Defer(NotYetReason.NoSource, row.Node, null, $"No other copy can be read to heal the one on {row.Node}.");
            return;
        }

        draft.Add(new PlannedAction(ActionKind.Heal, row.Node, ActionReason.Damaged, sources));
    }
}
