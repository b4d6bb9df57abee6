using System.Globalization;
using Etdb.Domain.Content;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Storage.Catalogue;

namespace Etdb.Grains.Datasets;

/// <summary>What readers see: the catalogue's rows, and the answers to "what" and "why".</summary>
public sealed partial class DatasetGrain
{
    private ShownDataset? _shown;

    private ShownDataset LastShown
    {
        get => _shown ??= _reporter.Shown.Find(Id.Value);
        set
        {
            _shown = value;
            _reporter.Shown.Note(Id.Value, value);
        }
    }

    /// <inheritdoc/>
    public async Task<DatasetDetail?> Get() => _state.Value.Record is null ? null : Detail(Now(await _topology.ReadAsync(GrainFactory)));

    /// <inheritdoc/>
    public async Task<DatasetWhy?> Why()
    {
        var topology = await _topology.ReadAsync(GrainFactory);
        if (_state.Value.Record is null)
        {
            return null;
        }

        var now = Now(topology);
        var plan = now.Plans.Count > 0 ? now.Plans[0].Plan : null;
        var doing = _state.Value.Operations.Select(o => new DoingLine(Words.Of(o.Kind), o.Node.Value, o.Since, o.Attempts, [.. o.Sources.Select(s => s.Value)]));
        var notYet = plan?.NotYet.Select(n => new NotYetLine(Words.Of(n.Reason), n.Node?.Value, n.Until, n.Text)) ?? [];
        notYet = notYet.Concat(Refused());
        var planned = plan?.Actions.Select(a => new PlannedLine(Words.Of(a.Kind), a.Node.Value, Words.Of(a.Reason), [.. a.Sources.Select(s => s.Value)])) ?? [];
        return new DatasetWhy(Detail(now), Sentence(plan), [.. doing], [.. notYet], plan?.NextAt, [.. planned]);
    }

    /// <inheritdoc/>
    public async Task Show()
    {
        LastShown = ShownDataset.Nothing;
        await ShowAsync(Now(await _topology.ReadAsync(GrainFactory)).Plans);
        await FlushStoryAsync();
        if (_state.Value.Operations.Length == 0)
        {
            DeactivateOnIdle(); // A rebuild wakes every dataset there is: they must not all stay awake.
        }
    }

    /// <summary>What was planned and could not be begun.</summary>
    private List<NotYetLine> Refused() => [.. _refused.Values.Where(r => r.Reason != LineWait).Concat(_state.Value.LineWaits).Where(r => r.Until > _reporter.Now)];

    /// <summary>A decision for reading: changes nothing.</summary>
    private Decision Now(TopologyView topology)
    {
        var context = _planning.Context(topology, _reporter.Now);
        return new Decision([.. _state.Value.Contents.Select(c => new ContentPlan(c.Root, c.Lifecycle, RepairPlanner.Plan(View(c, topology), context), [], null))]);
    }

    private DatasetDetail Detail(Decision decision)
    {
        var state = _state.Value;
        var plan = decision.Plans.Count > 0 ? decision.Plans[0].Plan : null;
        var content = state.Contents.Length > 0 ? state.Contents[0] : null;
        return new DatasetDetail(
            Id.Value, state.Publisher.Value, state.Record!, state.Height, StateWord(plan), Wanted, plan?.Health.VerifiedIndependent ?? 0, plan?.Health.RetrievableIndependent ?? 0,
            plan?.Priority.Risk ?? 0, content?.Bytes ?? 0, plan is null || content is null ? [] : [.. Replicas(content, plan)]);
    }

    private IEnumerable<ReplicaDetail> Replicas(ContentState content, DatasetPlan plan)
    {
        for (var i = 0; i < content.Replicas.Length && i < plan.Health.Replicas.Count; i++)
        {
            var row = content.Replicas[i];
            var standing = plan.Health.Replicas[i];
            yield return new ReplicaDetail(
                row.Node, _topology.Latest.Find(row.Node)?.View.Member, Shown(row, standing), standing.Class == ReplicaClass.Healthy, standing.Retrievable, row.Since,
                row.LastVerification?.At, row.LastVerification?.Blocks ?? 0, row.LastVerification?.Depth == VerificationDepth.Full, Words.Why(standing, row));
        }
    }

    /// <summary>The node may have gone silent since the row was written: readers are shown the worse.</summary>
    private static ReplicaState Shown(ReplicaRecord row, ReplicaStanding standing) =>
        standing.Class is ReplicaClass.Away or ReplicaClass.PresumedLost or ReplicaClass.UnknownNode ? ReplicaState.Unreachable : row.State;

    private string StateWord(DatasetPlan? plan)
    {
        if (_state.Value.Lifecycle != DatasetLifecycle.Active)
        {
            return "deactivated";
        }

        return plan is null ? "pending" : Words.Of(plan.Health.Level);
    }

    private string Sentence(DatasetPlan? plan)
    {
        if (plan is null)
        {
            return "The record names no files that can be kept.";
        }

        var health = plan.Health;
        var copies = string.Create(CultureInfo.InvariantCulture, $"{health.VerifiedIndependent} of {health.Target} verified, independent copies");
        var doing = _state.Value.Operations.Length;
        var next = doing > 0
            ? $"{doing} {(doing == 1 ? "piece" : "pieces")} of work {(doing == 1 ? "is" : "are")} under way."
            : plan.NotYet.Count > 0 ? plan.NotYet[0].Text : Refused() is [var refused, ..] ? refused.Text : plan.Actions.Count > 0 ? "Work on it is about to begin." : "Nothing has to be done.";
        return $"{copies}. {next}";
    }

    /// <summary>Shows the dataset when what is to be seen has changed.</summary>
    private async Task ShowAsync(IReadOnlyList<ContentPlan>? plans)
    {
        var state = _state.Value;
        if (state.Record is not { } record)
        {
            return;
        }

        var plan = plans is { Count: > 0 } ? plans[0].Plan : null;
        var classes = string.Join(',', plan?.Health.Replicas.Select(r => r.Class) ?? []);
        var seen = ShownDataset.HashOf(string.Create(
            CultureInfo.InvariantCulture, $"{StateWord(plan)} {plan?.Health.VerifiedIndependent ?? 0} {plan?.Health.RetrievableIndependent ?? 0} {classes}"));
        if (LastShown.Version == state.Version && LastShown.Seen == seen)
        {
            return;
        }

        if (LastShown.Version == state.Version)
        {
            // Only the surroundings changed (a node went silent): readers order rows by version, so it gets one of its own.
            _state.Value = state with { Version = state.Version + 1 };
            await _state.SaveAsync();
            state = _state.Value;
        }

        var policy = Wanted;
        var content = state.Contents.Length > 0 ? state.Contents[0] : null;
        var row = new DatasetRow(
            Id.Value, state.Version, record.Title, state.Publisher.Value, record.Root?.Value, StateWord(plan), policy.Target, policy.Floor, policy.Most, Words.Of(policy.DistinctBy),
            plan?.Health.VerifiedIndependent ?? 0, plan?.Health.RetrievableIndependent ?? 0, content?.Bytes ?? record.BytesDeclared, plan?.Priority.Risk ?? 0, record.Version,
            record.LatestTxid, state.Height, record.Timestamp, record.ContentProven, record.ArtifactJson, _reporter.Now);
        var replicas = plan is null || content is null ? [] : Replicas(content, plan).Select(r => new ReplicaRow(
            r.Node.Value, r.Member?.Value ?? "", Words.Of(r.State), r.Counts, r.Since, r.VerifiedAt, r.VerifiedBlocks, r.VerifiedFull, r.Why)).ToList();
        await _reporter.ShowAsync(new DatasetChanged(row, replicas));
        LastShown = LastShown with { Version = state.Version, Seen = seen };
    }

    private ValueTask ShowEndAsync(OperationState operation, OperationEnd end)
    {
        var kind = Words.Of(operation.Kind);
        if (operation.Kind == ActionKind.Verify)
        {
            return ValueTask.CompletedTask;
        }

        var failed = end.Cause != ReplicaCause.None || end.BytesMoved < 0;
        var next = Content(operation.Root) is { } content ? Row(content, operation.Node)?.NextAttemptAt : null;
        return _reporter.ShowAsync(new RepairChanged(new RepairRow(
            Id.Value, operation.Node.Value, kind, RepairVersions.End(operation.Number), failed ? "failed" : "done", [.. operation.Sources.Select(s => s.Value)],
            (int)operation.Level, operation.Risk, 0, Math.Max(0, end.BytesMoved), operation.Bytes, operation.Since, operation.Attempts,
            failed ? end.BytesMoved < 0 ? "the node lost track of it" : Words.Of(end.Cause) : null, failed ? next : null)));
    }
}
