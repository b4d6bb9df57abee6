using System.Collections.Immutable;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Storage.Evidence;

namespace Etdb.Grains.Datasets;

/// <summary>Beginning one action: slots first, then the intention on disk, then the work.</summary>
public sealed partial class DatasetGrain
{
    /// <summary>Sources a transfer holds slots of. More would block others; another attempt takes other ones.</summary>
    private const int SourcesReserved = 2;

    private const string LineWait = "line";

    /// <summary>Begins an action; the answer is when to try again when it could not be begun.</summary>
    private async Task<DateTimeOffset?> BeginAsync(ContentPlan plan, PlannedAction action, TopologyView topology)
    {
        if (Content(plan.Root) is not { } content || topology.Find(action.Node) is null)
        {
            return null;
        }

        switch (action.Kind)
        {
            case ActionKind.Forget:
                await GrainFactory.GetGrain<IShelfGrain>(ShelfKey(content, action.Node)).Strike(new DatasetRef(Id, content.Root));
                Put(Without(content, action.Node));
                Tell("note", $"The row of {action.Node} was struck ({Words.Of(action.Reason)}).", action.Node);
                return null;
            case ActionKind.Assign or ActionKind.Replicate or ActionKind.Heal:
                return await BeginTransferAsync(plan, content, action, topology);
            default:
                return await BeginQuietAsync(plan, content, action);
        }
    }

    private async Task<DateTimeOffset?> BeginTransferAsync(ContentPlan plan, ContentState content, PlannedAction action, TopologyView topology)
    {
        var operation = Operation(plan, content, action);
        var urgent = plan.Plan.Priority.Level == RepairLevel.LastCopy;
        var answer = await GrainFactory.GetGrain<INodeGrain>(action.Node.Value).Reserve(new SlotRequest(operation.Op, SlotDirection.In, content.Bytes, urgent, false));
        if (answer != ReserveAnswer.Granted)
        {
            return await RefusedAsync(operation, content, action, answer);
        }

        var sources = await ReserveSourcesAsync(operation.Op, action.Sources, urgent);
        if (sources.Count == 0 && action.Sources.Count > 0)
        {
            await GrainFactory.GetGrain<INodeGrain>(action.Node.Value).Release(operation.Op);
            return Refuse(action.Node, "busy", _reporter.Now + _options.BusyRetry, $"Every node it could be copied from to {action.Node} is busy sending.");
        }

        operation = operation with { Sources = [.. sources] };
        if (await TakeLinesAsync(operation, topology) is { } quietUntil)
        {
            foreach (var held in sources.Append(action.Node))
            {
                await GrainFactory.GetGrain<INodeGrain>(held.Value).Release(operation.Op);
            }

            return Refuse(action.Node, LineWait, quietUntil, $"A copy to {action.Node} waits for the line of a member: its bandwidth is used up, or it keeps quiet hours.");
        }

        await GrainFactory.GetGrain<IShelfGrain>(ShelfKey(content, action.Node)).Expect(new DatasetRef(Id, content.Root));
        if (Row(content, action.Node) is null)
        {
            content = With(content, ReplicaRecord.Assign(action.Node, _reporter.Now));
            Tell("assigned", $"{action.Node} is to keep a copy ({Words.Of(action.Reason)}).", action.Node);
            await _reporter.ProveAsync([Entry("state", action.Node, "assigned", new { reason = Words.Of(action.Reason), root = content.Root.Value })]);
        }

        Put(content);
        return await StartAsync(operation, content, sources, topology);
    }

    /// <summary>Checks and unpins take no slots.</summary>
    private async Task<DateTimeOffset?> BeginQuietAsync(ContentPlan plan, ContentState content, PlannedAction action)
    {
        var operation = Operation(plan, content, action) with { Bytes = 0 };
        if (action.Kind is ActionKind.Trim or ActionKind.Retire)
        {
            // From here on it no longer counts, whatever becomes of the command: reported health must never be better than true health.
            var evidence = new List<EvidenceEntry>();
            Put(content with { LastTrimAt = _reporter.Now });
            Apply(content.Root, new Observation(action.Node, ObservationKind.NotListed, _reporter.Now, ObservationSource.Plan), null, evidence);
            evidence.Add(Entry("state", action.Node, "unpin", new { reason = Words.Of(action.Reason), root = content.Root.Value }));
            await _reporter.ProveAsync(evidence);
        }

        return await StartAsync(operation, content, [], _topology.Latest, action.Depth);
    }

    private async Task<DateTimeOffset?> StartAsync(
        OperationState operation, ContentState content, IReadOnlyList<NodeId> sources, TopologyView topology, VerificationDepth depth = VerificationDepth.Full)
    {
        Put(operation);
        _state.Value = _state.Value with { OperationSequence = operation.Number };
        await SaveAsync();
        await FlushStoryAsync();
        var job = new NodeJob(
            operation.Op, Id, content.Root, KindOf(operation.Kind),
            [.. sources.Select(s => topology.Find(s)?.Endpoint).OfType<NodeEndpoint>()],
            content.Bytes,
            operation.Kind == ActionKind.Heal ? content.BadBlocks.GetValueOrDefault(operation.Node.Value, []) : [],
            depth == VerificationDepth.Full || operation.Kind != ActionKind.Verify ? 0 : _options.ChallengeLeaves,
            operation.Seed, operation.Number, (int)operation.Level, operation.Risk, operation.Since, operation.Attempts);
        var answer = await GrainFactory.GetGrain<INodeGrain>(operation.Node.Value).Start(job);
        if (answer == StartAnswer.Started)
        {
            return null;
        }

        await EndAsync(operation, null);
        await GrainFactory.GetGrain<INodeGrain>(operation.Node.Value).Release(operation.Op);
        return _reporter.Now + _options.BusyRetry;
    }

    private async Task<List<NodeId>> ReserveSourcesAsync(string op, IReadOnlyList<NodeId> wanted, bool urgent)
    {
        var sources = new List<NodeId>();
        foreach (var source in wanted)
        {
            if (sources.Count < SourcesReserved
                && await GrainFactory.GetGrain<INodeGrain>(source.Value).Reserve(new SlotRequest(op, SlotDirection.Out, 0, urgent, false)) == ReserveAnswer.Granted)
            {
                sources.Add(source);
            }
        }

        return sources;
    }

    /// <summary>No room is a failure of that node; busy and silent are not.</summary>
    private async Task<DateTimeOffset?> RefusedAsync(OperationState operation, ContentState content, PlannedAction action, ReserveAnswer answer)
    {
        if (answer != ReserveAnswer.NoRoom)
        {
            var why = answer == ReserveAnswer.Busy ? $"{action.Node} is busy receiving other copies." : $"{action.Node} takes no new work now.";
            return Refuse(action.Node, "busy", operation.Since + _options.BusyRetry, why);
        }

        if (Row(content, action.Node) is { } row)
        {
            Put(With(content, _planning.Failed(row, ReplicaCause.DiskFull, _reporter.Now)));
            await SaveAsync();
        }

        return _reporter.Now + _options.RetryFirst;
    }

    /// <summary>Notes for readers why something planned was not begun, and when it is tried again.</summary>
    private DateTimeOffset Refuse(NodeId node, string reason, DateTimeOffset until, string text)
    {
        _refused[node] = new NotYetLine(reason, node.Value, until, text);
        return until;
    }

    /// <summary>Takes the bytes from the lines of both ends, all or none; else when to ask again.</summary>
    private async Task<DateTimeOffset?> TakeLinesAsync(OperationState operation, TopologyView topology)
    {
        var taken = new List<MemberId>();
        foreach (var member in topology.LimitedAmong(operation.Sources.Append(operation.Node)))
        {
            var until = await GrainFactory.GetGrain<IMemberGrain>(member.Value).TakeLine(operation.Bytes, operation.Level);
            if (until is null)
            {
                taken.Add(member);
                continue;
            }

            foreach (var other in taken)
            {
                await GrainFactory.GetGrain<IMemberGrain>(other.Value).ReturnLine(operation.Bytes);
            }

            return until;
        }

        return null;
    }

    private OperationState Operation(ContentPlan plan, ContentState content, PlannedAction action)
    {
        var number = _state.Value.OperationSequence + 1;
        var now = _reporter.Now;
        return new OperationState
        {
            Op = $"{Id.Value}:{number}",
            Number = number,
            Root = content.Root,
            Node = action.Node,
            Kind = action.Kind,
            Reason = action.Reason,
            Since = now,
            LeaseUntil = now + _options.JobLease,
            Level = plan.Plan.Priority.Level,
            Risk = plan.Plan.Priority.Risk,
            Attempts = (Row(content, action.Node)?.Attempts ?? 0) + 1,
            Bytes = content.Bytes,
            Seed = _planning.Nonce(),
        };
    }

    private string ShelfKey(ContentState content, NodeId node) => Shelves.KeyFor(node, content.Root, _options.ShelvesPerNode);

    private static JobKind KindOf(ActionKind kind) => kind switch
    {
        ActionKind.Verify => JobKind.Verify,
        ActionKind.Heal => JobKind.Heal,
        ActionKind.Trim or ActionKind.Retire => JobKind.Unpin,
        _ => JobKind.Replicate,
    };
}
