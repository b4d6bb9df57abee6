using System.Collections.Immutable;
using Etdb.Domain.Content;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;

namespace Etdb.Grains.Datasets;

/// <summary>Deciding and beginning: load, ask the core, write down, act.</summary>
public sealed partial class DatasetGrain
{
    /// <summary>What was planned and could not be begun at the last attempt: why, and when it is tried again. For readers.</summary>
    private readonly Dictionary<NodeId, NotYetLine> _refused = [];
    private Decision? _last;

    /// <summary>A dataset with nothing to do for so long need not stay in memory; one nobody uses leaves it after as long anyway.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public async Task<AdvanceResult> Advance()
    {
        if (_state.Value.Record is null)
        {
            return new AdvanceResult(Nothing(), HealthLevel.Pending, _reporter.Now + _options.SweepInterval, _state.Value.Version);
        }

        _refused.Clear();
        await AskAfterLeasesAsync();
        var topology = await _topology.ReadAsync(GrainFactory);
        var decision = Decide(topology);
        DateTimeOffset? sooner = null;
        foreach (var plan in decision.Plans)
        {
            foreach (var action in plan.Plan.Actions)
            {
                sooner = Earlier(sooner, await BeginAsync(plan, action, topology));
            }

            foreach (var audit in plan.Audits)
            {
                sooner = Earlier(sooner, await BeginAuditAsync(plan, audit, topology));
            }
        }

        decision = Decide(topology);
        NoteLineWaits();
        EndSpread();
        await SettleAsync(decision);
        await SaveAsync();
        await FlushStoryAsync();
        await ShowAsync(decision.Plans);
        var result = Result(decision, sooner) with { WaitsFor = WaitsForCluster(decision) ? topology.Stamp : null };
        if (_state.Value.Operations.IsEmpty && result.DueAt >= _reporter.Now + Rest)
        {
            // Kept, thousands of them would grow old together, and the garbage collector would stand everything still to move them.
            DeactivateOnIdle();
        }

        return result;
    }

    private void NoteLineWaits()
    {
        var waits = _refused.Values.Where(r => r.Reason == LineWait).OrderBy(r => r.Node, StringComparer.Ordinal).ToImmutableArray();
        if (!waits.SequenceEqual(_state.Value.LineWaits))
        {
            _state.Value = _state.Value with { LineWaits = waits };
        }
    }

    private PriorityKey Nothing() => new(RepairLevel.None, 0, 0, _reporter.Now, Id.Value);

    private Decision Decide(TopologyView topology)
    {
        var context = _planning.Context(topology, _reporter.Now);
        var plans = new List<ContentPlan>();
        foreach (var content in _state.Value.Contents)
        {
            var view = View(content, topology);
            var plan = RepairPlanner.Plan(view, context);
            var noted = view.Note(plan.Health, context.Now);
            if (noted.EstablishedAt != content.EstablishedAt || noted.SurplusSince != content.SurplusSince)
            {
                Put(content with { EstablishedAt = noted.EstablishedAt, SurplusSince = noted.SurplusSince });
            }

            var (audits, auditAt) = Audits(content, plan, context);
            plans.Add(new ContentPlan(content.Root, content.Lifecycle, plan, audits, auditAt));
        }

        DropEmptyContents();
        return _last = new Decision(plans);
    }

    private DatasetView View(ContentState content, TopologyView topology) => new()
    {
        Id = Id,
        Root = content.Root,
        Bytes = content.Bytes,
        Policy = Wanted,
        RegisteredAt = content.RegisteredAt,
        EstablishedAt = content.EstablishedAt,
        Lifecycle = content.Lifecycle,
        LifecycleSince = content.LifecycleSince,
        ReferencedElsewhere = IsStillNeeded(content),
        Replicas = content.Replicas,
        Origins = topology.LabNodes,
        HasOutsideSource = _options.SeekOutside,
        AwaitsOrigin = topology.LabNodes.Count == 0,
        Running = [.. _state.Value.Operations.Where(o => o.Root == content.Root).Select(o => new RunningOperation(o.Node, o.Kind, o.Since))],
        LastTrimAt = content.LastTrimAt,
        SurplusSince = content.SurplusSince,
        Paused = _state.Value.Paused,
        Forced = _state.Value.ForcedUntil > _reporter.Now,
        ExcludedNodes = _state.Value.Excluded,
        OverQuota = Terms?.OverQuota,
        SpreadFrom = content.Lifecycle == DatasetLifecycle.Active ? SpreadFrom : null,
    };

    /// <summary>
    /// Versions share most of their blocks: while the current one was never whole, the one before it is what it would be made from. What other datasets name
    /// is guarded by the shelves, where their pins are.
    /// </summary>
    private bool IsStillNeeded(ContentState content) => content.Lifecycle == DatasetLifecycle.Superseded
        && _state.Value.Contents.Any(c => c.Lifecycle == DatasetLifecycle.Active && c.EstablishedAt is null);

    /// <summary>Content nobody wants any more and nobody keeps is forgotten.</summary>
    private void DropEmptyContents()
    {
        var kept = _state.Value.Contents.RemoveAll(c => c.Lifecycle == DatasetLifecycle.Superseded && c.Replicas.IsEmpty && !_state.Value.Operations.Any(o => o.Root == c.Root));
        if (kept.Length != _state.Value.Contents.Length)
        {
            _state.Value = _state.Value with { Contents = kept };
        }
    }

    /// <summary>Asks the node about work nobody has heard of for a lease.</summary>
    private async Task AskAfterLeasesAsync()
    {
        var now = _reporter.Now;
        foreach (var operation in _state.Value.Operations.Where(o => o.LeaseUntil <= now).ToList())
        {
            var status = await GrainFactory.GetGrain<INodeGrain>(operation.Node.Value).Status(operation.Op);
            if (status is { Known: true, Report: null })
            {
                Put(operation with { LeaseUntil = now + _options.JobLease });
            }
            else
            {
                await EndAsync(operation, status.Report);
            }
        }

        await SaveAsync();
    }

    private void Put(OperationState operation)
    {
        var others = _state.Value.Operations.RemoveAll(o => o.Op == operation.Op);
        _state.Value = _state.Value with { Operations = others.Add(operation) };
    }

    /// <summary>Tells incidents that this dataset is whole again.</summary>
    private async Task SettleAsync(Decision decision)
    {
        foreach (var link in _state.Value.Incidents)
        {
            var plan = decision.Plans.FirstOrDefault(p => p.Root == link.Root);
            var whole = plan is null || plan.Lifecycle != DatasetLifecycle.Active || plan.Plan.Health.VerifiedIndependent >= plan.Plan.Health.Target;
            if (!whole)
            {
                continue;
            }

            await SaveAsync();
            await GrainFactory.GetGrain<INodeGrain>(link.Node.Value).Settle(link.Incident, new DatasetRef(Id, link.Root), link.BytesMoved);
            _state.Value = _state.Value with { Incidents = _state.Value.Incidents.Remove(link) };
        }
    }

    private AdvanceResult Result(Decision decision, DateTimeOffset? sooner)
    {
        var now = _reporter.Now;
        var due = Earlier(sooner, now + _options.SweepInterval);
        var key = Nothing();
        foreach (var plan in decision.Plans)
        {
            due = Earlier(due, plan.Plan.NextAt);
            due = Earlier(due, plan.AuditAt);
            key = plan.Plan.Priority.CompareTo(key) < 0 ? plan.Plan.Priority : key;
        }

        foreach (var operation in _state.Value.Operations)
        {
            due = Earlier(due, operation.LeaseUntil);
        }

        var level = decision.Plans.Count == 0 ? HealthLevel.Pending : decision.Plans[0].Plan.Health.Level;
        return new AdvanceResult(key, level, due ?? now + _options.SweepInterval, _state.Value.Version);
    }

    /// <summary>Something is not done for the state of the cluster: no clock of this dataset says when that ends.</summary>
    private static bool WaitsForCluster(Decision decision) => decision.Plans.Any(p => p.Plan.NotYet.Any(n => n.Until is null
        && n.Reason is NotYetReason.StormBrake or NotYetReason.SafeMode or NotYetReason.WaitingForMembers or NotYetReason.NoRoom or NotYetReason.NoSource));

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null ? a : a < b ? a : b;

    /// <summary>What was decided for one content.</summary>
    private sealed record ContentPlan(ContentId Root, DatasetLifecycle Lifecycle, DatasetPlan Plan, IReadOnlyList<PlannedAudit> Audits, DateTimeOffset? AuditAt);

    /// <summary>What was decided for all.</summary>
    private sealed record Decision(IReadOnlyList<ContentPlan> Plans);
}
