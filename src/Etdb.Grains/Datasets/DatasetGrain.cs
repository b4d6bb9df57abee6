using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Repair;
using Etdb.Grains.State;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Datasets;

/// <summary>
/// See <see cref="IDatasetGrain"/>. It has no rules of its own: it loads, asks <see cref="RepairPlanner"/>, writes down what it is about to
/// do, and does it. Not reentrant: whatever it calls (nodes, shelves, shard, registry) is, so no circle of waiting can form.
/// <para>Level-triggered: each entry leaves the dataset either quiet or on the list of its shard before it acknowledges; a crash between
/// two awaits leaves an unacknowledged call that is repeated, or an operation whose lease ends and is asked for.</para>
/// </summary>
[HashBasedPlacement] // A million of them: spread evenly, and found again on the same silo while the cluster stays the same.
public sealed partial class DatasetGrain : Grain, IDatasetGrain
{
    /// <summary>How long an operator's word to go ahead holds against brakes and waits.</summary>
    private static readonly TimeSpan ForcedFor = TimeSpan.FromHours(1);

    private readonly StateWriter<DatasetState> _state;
    private readonly TopologyCache _topology;
    private readonly Reporter _reporter;
    private readonly ReplicationOptions _options;
    private readonly Planning _planning;
    private readonly ILogger<DatasetGrain> _log;

    public DatasetGrain(
        [PersistentState("dataset", StorageNames.Grains)] IPersistentState<DatasetState> state,
        TopologyCache topology,
        Reporter reporter,
        Planning planning,
        IOptions<ReplicationOptions> options,
        ILogger<DatasetGrain> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _state = new StateWriter<DatasetState>(state, DeactivateOnIdle);
        _topology = topology;
        _reporter = reporter;
        _planning = planning;
        _options = options.Value;
        _log = log;
    }

    private DatasetId Id => new(this.GetPrimaryKeyString());

    private IRepairShardGrain Shard =>
        GrainFactory.GetGrain<IRepairShardGrain>(RepairShards.KeyFor(Id, _options.Shards));

    /// <inheritdoc/>
    public async Task Operate(DatasetAct act)
    {
        ArgumentNullException.ThrowIfNull(act);
        await _reporter.ProveAsync("operator", Id.Value, act.Node?.Value, Words.Of(act.Kind), new { act.Author, act.Reason }, act.Author);
        Tell("note", $"{act.Author}: {Words.Of(act.Kind)}{(act.Node is { } n ? $" {n}" : "")} ({act.Reason}).", act.Node);
        var state = _state.Value;
        _state.Value = act.Kind switch
        {
            DatasetActKind.Pause => state with { Paused = true, PausedBy = $"{act.Author}: {act.Reason}" },
            DatasetActKind.Resume => state with { Paused = false, PausedBy = null },
            DatasetActKind.Exclude when act.Node is { } node && !state.Excluded.Contains(node) => state with { Excluded = state.Excluded.Add(node) },
            DatasetActKind.Include when act.Node is { } node => state with { Excluded = state.Excluded.Remove(node) },
            DatasetActKind.Audit => state with { AuditAskedAt = _reporter.Now },
            DatasetActKind.Force => state with { ForcedUntil = _reporter.Now + ForcedFor, Contents = [.. state.Contents.Select(c => c with { Replicas = [.. c.Replicas.Select(r => r.AttemptSucceeded())] })] },
            _ => state,
        };
        await SaveAsync();
        await FileAsync();
    }

    private ContentState? Content(ContentId root)
    {
        foreach (var content in _state.Value.Contents)
        {
            if (content.Root == root)
            {
                return content;
            }
        }

        return null;
    }

    private void Put(ContentState content)
    {
        var contents = _state.Value.Contents;
        for (var i = 0; i < contents.Length; i++)
        {
            if (contents[i].Root == content.Root)
            {
                _state.Value = _state.Value with { Contents = contents.SetItem(i, content) };
                return;
            }
        }

        _state.Value = _state.Value with { Contents = contents.Insert(0, content) };
    }

    private static ReplicaRecord? Row(ContentState content, NodeId node)
    {
        foreach (var row in content.Replicas)
        {
            if (row.Node == node)
            {
                return row;
            }
        }

        return null;
    }

    private static ContentState With(ContentState content, ReplicaRecord row)
    {
        for (var i = 0; i < content.Replicas.Length; i++)
        {
            if (content.Replicas[i].Node == row.Node)
            {
                return content with { Replicas = content.Replicas.SetItem(i, row) };
            }
        }

        return content with { Replicas = content.Replicas.Add(row) };
    }

    private static ContentState Without(ContentState content, NodeId node) => content with
    {
        Replicas = content.Replicas.RemoveAll(r => r.Node == node),
        BadBlocks = content.BadBlocks.Remove(node.Value),
    };

    private async Task SaveAsync()
    {
        if (_state.Dirty)
        {
            _state.Value = _state.Value with { Version = _state.Value.Version + 1 };
            await _state.SaveAsync();
        }
    }

    /// <summary>It has no copy anywhere, nor had one that is remembered.</summary>
    private bool IsBare => _state.Value.Contents.All(c => c.Replicas.IsEmpty);

    /// <summary>Puts the dataset on its shard's list, to be advanced at once. Without any copy its place among the others is known: behind all that could lose one.</summary>
    private Task FileAsync()
    {
        var now = _reporter.Now;
        return Shard.File(new RepairTicket(Id, IsBare ? new PriorityKey(RepairLevel.Unreadable, 0, 0, now, Id.Value) : null, now, _state.Value.Version));
    }
}
