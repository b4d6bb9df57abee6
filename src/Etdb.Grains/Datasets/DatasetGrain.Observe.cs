using System.Collections.Immutable;
using Etdb.Domain.Content;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Storage.Evidence;

namespace Etdb.Grains.Datasets;

/// <summary>What was seen, and how work ended.</summary>
public sealed partial class DatasetGrain
{
    /// <summary>Names of blocks in one entry of the evidence; a name is about 60 characters, an entry at most 4096.</summary>
    private const int BlocksNamedTogether = 40;

    /// <inheritdoc/>
    public async Task Observe(ContentId root, Observation observation, string? incident)
    {
        ArgumentNullException.ThrowIfNull(observation);
        var evidence = new List<EvidenceEntry>();
        Apply(root, observation, incident, evidence);

        // Also when it was known before: the incident waits for this dataset and must hear from it.
        Link(root, observation.Node, incident);
        await _reporter.ProveAsync(evidence);
        await SaveAsync();
        await FlushStoryAsync();
        if (_state.Value.Record is not null)
        {
            await FileAsync();
        }
    }

    /// <inheritdoc/>
    public async Task Await(string incident, NodeId node)
    {
        var contents = _state.Value.Contents;
        if (_state.Value.Record is null || contents.IsEmpty)
        {
            await GrainFactory.GetGrain<INodeGrain>(node.Value).Settle(incident, new DatasetRef(Id, new ContentId("")), 0);
            return;
        }

        Link((contents.FirstOrDefault(c => Row(c, node) is not null) ?? contents[0]).Root, node, incident);
        await SaveAsync();
        await FileAsync();
    }

    /// <inheritdoc/>
    public async Task<bool> TakeBack(ContentId root, NodeId node, DateTimeOffset listedAt)
    {
        if (_state.Value.Record is null || Content(root) is not { } content)
        {
            return false;
        }

        if (Row(content, node) is null)
        {
            Put(With(content, ReplicaRecord.Assign(node, listedAt)));
            Tell("note", $"{node} still has its copy, which had been written off; it is checked and counts again if it is whole.", node);
        }

        await Observe(root, new Observation(node, ObservationKind.Listed, listedAt, ObservationSource.Scan), null);
        return true;
    }

    /// <inheritdoc/>
    public async Task JobDone(JobReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var operation = _state.Value.Operations.FirstOrDefault(o => o.Op == report.Op);
        if (operation is null)
        {
            return;
        }

        await EndAsync(operation, report);
        await FileAsync();
    }

    /// <summary>Joins an observation to its row. Rows that are not there are not made: what nobody wants here is an orphan of the node.</summary>
    private bool Apply(ContentId root, Observation observation, string? incident, List<EvidenceEntry> evidence, bool healed = false)
    {
        if (Content(root) is not { } content || Row(content, observation.Node) is not { } row)
        {
            return false;
        }

        var seen = ReplicaObserver.Observe(row, observation, _reporter.Now);
        if (seen.Stale)
        {
            return false;
        }

        Put(With(content, seen.Replica));
        if (observation.Source == ObservationSource.Audit)
        {
            evidence.Add(Audited(observation, root));
        }

        if (seen.Changed)
        {
            evidence.Add(Entry("state", observation.Node, Words.Of(seen.Replica.State), new { from = Words.Of(seen.Before), cause = Words.Of(seen.Replica.Cause), root = root.Value }));
            Link(root, observation.Node, incident);
            TellOf(seen.Replica, seen.Before, healed);
        }

        return seen.Changed;
    }

    private void Link(ContentId root, NodeId node, string? incident)
    {
        if (incident is not null && !_state.Value.Incidents.Any(i => i.Incident == incident))
        {
            _state.Value = _state.Value with { Incidents = _state.Value.Incidents.Add(new IncidentLink(incident, node, root, 0)) };
        }
    }

    private void TellOf(ReplicaRecord row, ReplicaState before, bool healed)
    {
        switch (row.State)
        {
            case ReplicaState.Verified:
                Tell(healed ? "healed" : "verified", $"The copy on {row.Node} was read and every block asked for matched.", row.Node);
                break;
            case ReplicaState.Claimed when before == ReplicaState.Assigned:
                Tell("claimed", $"{row.Node} lists the copy; it is checked next.", row.Node);
                break;
            case ReplicaState.Missing:
                Tell("missing", $"The copy on {row.Node} is gone ({Words.Of(row.Cause)}).", row.Node);
                break;
            case ReplicaState.Corrupt:
                Tell("corrupt", $"Blocks of the copy on {row.Node} do not match their hashes.", row.Node);
                break;
            case ReplicaState.Unreachable:
                Tell("unreachable", $"{row.Node} does not answer.", row.Node);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes in the end of an operation: durable first, then slots are given back and readers told.</summary>
    private async Task EndAsync(OperationState operation, JobReport? report)
    {
        var evidence = new List<EvidenceEntry>();
        var outcome = report is null ? OperationEnd.LostTrack : Judge(operation, report, evidence);
        _state.Value = _state.Value with { Operations = _state.Value.Operations.RemoveAll(o => o.Op == operation.Op) };
        await _reporter.ProveAsync(evidence);
        await SaveAsync();
        await FlushStoryAsync();
        await ShowEndAsync(operation, outcome);
        foreach (var source in operation.Sources)
        {
            await GrainFactory.GetGrain<INodeGrain>(source.Value).Release(operation.Op);
        }
    }

    private OperationEnd Judge(OperationState operation, JobReport report, List<EvidenceEntry> evidence)
    {
        if (operation.Kind is ActionKind.Trim or ActionKind.Retire)
        {
            return JudgeUnpin(operation, report);
        }

        var failure = Failure(report);
        var moved = report.Pin?.BytesMoved ?? report.Heal?.BytesMoved ?? 0;
        if (report.Pin is { Outcome: NodeOutcome.Done })
        {
            Apply(operation.Root, new Observation(report.Node, ObservationKind.Pinned, report.MovedAt ?? report.FinishedAt, ObservationSource.Operation), null, evidence);
        }

        if (report.Heal is { Outcome: NodeOutcome.Done } heal)
        {
            evidence.AddRange(Blocks("action", "blocks-healed", report.Node, operation.Root, heal.Healed ?? []));
            Apply(operation.Root, new Observation(report.Node, ObservationKind.Healed, report.MovedAt ?? report.FinishedAt, ObservationSource.Operation), null, evidence);
        }

        if (report.Check is { } check)
        {
            ApplyCheck(operation, report, check, evidence);
        }

        NoteMoved(moved);
        NoteAttempt(operation, failure);
        return new OperationEnd(failure, moved);
    }

    private void ApplyCheck(OperationState operation, JobReport report, ReplicaCheck check, List<EvidenceEntry> evidence)
    {
        var kind = check.Verdict switch
        {
            ReplicaVerdict.Complete => ObservationKind.CheckComplete,
            ReplicaVerdict.Missing => ObservationKind.CheckMissing,
            ReplicaVerdict.Corrupt => ObservationKind.CheckCorrupt,
            _ => ObservationKind.CheckUnknown,
        };
        var depth = check.Full ? VerificationDepth.Full : VerificationDepth.Sample;
        var at = report.CheckedFrom ?? report.FinishedAt;
        Apply(operation.Root, new Observation(report.Node, kind, at, ObservationSource.Audit, depth, check.BlocksChecked, check.Detail), report.Incident, evidence, operation.Kind == ActionKind.Heal);
        if (Content(operation.Root) is not { } content)
        {
            return;
        }

        evidence.AddRange(Blocks("audit", "blocks-corrupt", report.Node, operation.Root, check.Corrupt));
        evidence.AddRange(Blocks("audit", "blocks-missing", report.Node, operation.Root, check.Missing));
        var bad = check.Corrupt.Concat(check.Missing).ToImmutableArray();
        var next = content with { BadBlocks = bad.IsEmpty ? content.BadBlocks.Remove(report.Node.Value) : content.BadBlocks.SetItem(report.Node.Value, bad) };
        if (check is { Verdict: ReplicaVerdict.Complete, Full: true } && check.BytesChecked > 0)
        {
            next = next with { Bytes = check.BytesChecked, Measured = true };
        }

        Put(next);
    }

    private OperationEnd JudgeUnpin(OperationState operation, JobReport report)
    {
        if (report.Unpin == NodeOutcome.Done && Content(operation.Root) is { } content)
        {
            Put(Without(content, operation.Node));
            Tell("trimmed", $"The copy on {operation.Node} was let go ({Words.Of(operation.Reason)}).", operation.Node);
            return new OperationEnd(ReplicaCause.None, 0);
        }

        var cause = report.Unpin is { } outcome ? Causes.Of(outcome) : ReplicaCause.NodeError;
        NoteAttempt(operation, cause);
        return new OperationEnd(cause, 0);
    }

    private static ReplicaCause Failure(JobReport report)
    {
        var moved = report.Pin?.Outcome ?? report.Heal?.Outcome ?? NodeOutcome.Done;
        if (moved != NodeOutcome.Done)
        {
            return Causes.Of(moved);
        }

        return report.Check?.Verdict switch
        {
            ReplicaVerdict.Complete => ReplicaCause.None,
            ReplicaVerdict.Missing => report.Kind == JobKind.Verify ? ReplicaCause.None : ReplicaCause.BlocksMissing,
            ReplicaVerdict.Corrupt => report.Kind == JobKind.Verify ? ReplicaCause.None : ReplicaCause.BlocksCorrupt,
            ReplicaVerdict.Unknown => ReplicaCause.CheckUnfinished,
            _ => ReplicaCause.NodeError,
        };
    }

    private void NoteMoved(long bytes)
    {
        if (bytes > 0 && !_state.Value.Incidents.IsEmpty)
        {
            var first = _state.Value.Incidents[0];
            _state.Value = _state.Value with { Incidents = _state.Value.Incidents.SetItem(0, first with { BytesMoved = first.BytesMoved + bytes }) };
        }
    }

    private void NoteAttempt(OperationState operation, ReplicaCause cause)
    {
        if (Content(operation.Root) is not { } content || Row(content, operation.Node) is not { } row)
        {
            return;
        }

        Put(With(content, cause == ReplicaCause.None ? row.AttemptSucceeded() : _planning.Failed(row, cause, _reporter.Now)));
    }

    /// <summary>Names blocks, so that nothing is found or put right without a trace; a text of the log holds some dozens.</summary>
    private IEnumerable<EvidenceEntry> Blocks(string kind, string outcome, NodeId node, ContentId root, IReadOnlyCollection<ContentId> blocks) =>
        blocks.Chunk(BlocksNamedTogether).Select(some => Entry(kind, node, outcome, new { root = root.Value, of = blocks.Count, blocks = some.Select(b => b.Value) }) with { Blocks = some.Length });

    private EvidenceEntry Audited(Observation seen, ContentId root) =>
        Entry("audit", seen.Node, Words.Of(seen.Kind), new { at = seen.At, depth = Words.Of(seen.Depth), seen.Blocks, root = root.Value }) with { Depth = (int)seen.Depth, Blocks = seen.Blocks };

    private EvidenceEntry Entry(string kind, NodeId node, string outcome, object detail) =>
        new(_reporter.Now, kind, Id.Value, node.Value, outcome, System.Text.Json.JsonSerializer.Serialize(detail));

    private sealed record OperationEnd(ReplicaCause Cause, long BytesMoved)
    {
        public static OperationEnd LostTrack { get; } = new(ReplicaCause.None, -1);
    }
}
