using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Grains.Datasets;

/// <summary>Moving a copy off a full node: the dataset decides, and only when it is whole and has nothing else to do.</summary>
public sealed partial class DatasetGrain
{
    /// <summary>A wish to move that came to nothing ends after this long; the surplus copy, if any, is then one like any other.</summary>
    private static readonly TimeSpan SpreadFor = TimeSpan.FromDays(90);

    private NodeId? SpreadFrom => _state.Value.SpreadUntil > _reporter.Now ? _state.Value.SpreadFrom : null;

    /// <inheritdoc/>
    public async Task<long> Spread(NodeId from)
    {
        if (_state.Value.Record is null || SpreadFrom is not null)
        {
            return 0;
        }

        var before = _state.Value;
        _state.Value = before with { SpreadFrom = from, SpreadUntil = _reporter.Now + SpreadFor };
        var planned = Now(await _topology.ReadAsync(GrainFactory)).Plans.SelectMany(p => p.Plan.Actions).Any(a => a.Reason == ActionReason.Rebalance);
        if (!planned)
        {
            _state.Value = before;
            return 0;
        }

        await _reporter.ProveAsync([Entry("action", from, "rebalance", new { root = before.Contents[0].Root.Value, before.Contents[0].Bytes })]);
        Tell("note", $"{from} is fuller than others: a copy is made on an emptier node, and the one on {from} let go when it is no longer needed.", from);
        await SaveAsync();
        await FlushStoryAsync();
        await FileAsync();
        return Math.Max(1, before.Contents[0].Bytes);
    }

    /// <inheritdoc/>
    public Task<bool> HasSpread(NodeId from) => Task.FromResult(SpreadFrom != from);

    /// <summary>The wish is fulfilled when the full node has no row any more.</summary>
    private void EndSpread()
    {
        if (_state.Value.SpreadFrom is { } from && (SpreadFrom is null || !_state.Value.Contents.Any(c => c.Lifecycle == DatasetLifecycle.Active && Row(c, from) is not null)))
        {
            _state.Value = _state.Value with { SpreadFrom = null, SpreadUntil = null };
        }
    }
}
