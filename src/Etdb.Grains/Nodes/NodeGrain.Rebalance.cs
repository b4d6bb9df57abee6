using Etdb.Domain.Placement;
using Etdb.Domain.Repair;
using Etdb.Grains.Datasets;
using Etdb.Grains.Repair;
using Microsoft.Extensions.Logging;

namespace Etdb.Grains.Nodes;

/// <summary>
/// Evening out. A node asks some of its datasets, drawn by lot, whether they would rather be elsewhere; each decides by itself and says no unless the node is fuller than others,
/// all is well, and an emptier node may keep it. One is asked first; when it has moved and its room is free again, twice as many are, and so on up to a limit. A node that
/// never collects what was let go would look full for ever: it gives away no more. Nothing of it is durable here: a node that wakes begins with one again.
/// </summary>
public sealed partial class NodeGrain
{
    /// <summary>Draws that may end in a no before the node takes it that none of its datasets should move.</summary>
    private const int SpreadRefusals = 8;

    /// <summary>Part of the capacity asked to move at once.</summary>
    private const int CapacityShare = 100;

    private readonly List<string> _spreading = [];
    private long _spreadBytes;
    private long _usedBeforeSpread;
    private DateTimeOffset? _rebalancedAt;
    private int _spreadAtOnce = 1;

    private async Task RebalanceAsync()
    {
        var now = _reporter.Now;
        _rebalancedAt ??= now;
        if (_options.RebalanceInterval <= TimeSpan.Zero || now - _rebalancedAt < _options.RebalanceInterval || _state.Value.Registration!.SourceOnly)
        {
            return;
        }

        _rebalancedAt = now;
        try
        {
            if (await HaveArrivedAsync() && await AreTimesGoodAsync())
            {
                await AskAsync();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException && !_reporter.Stopping)
        {
            LogRebalanceFailed(e, Id.Value);
        }
    }

    /// <summary>Whether all that was begun is done and most of its room free; then more may be begun.</summary>
    private async Task<bool> HaveArrivedAsync()
    {
        foreach (var dataset in _spreading)
        {
            if (!await GrainFactory.GetGrain<IDatasetGrain>(dataset).HasSpread(Id))
            {
                _spreadAtOnce = 1;
                return false;
            }
        }

        if (_spreading.Count > 0 && (_usedNow ?? 0) > _usedBeforeSpread - (_spreadBytes / 2))
        {
            return false;
        }

        _spreadAtOnce = _spreading.Count == 0 ? 1 : Math.Min(2 * _spreadAtOnce, RebalancePlanner.MovesMaximum);
        _spreading.Clear();
        return true;
    }

    /// <summary>Hardly any dataset of the cluster is below its target. Brakes are looked at by each dataset.</summary>
    private async Task<bool> AreTimesGoodAsync()
    {
        var counts = await Task.WhenAll(Enumerable.Range(0, _options.Shards).Select(i => GrainFactory.GetGrain<IRepairShardGrain>(RepairShards.Key(i)).Count()));
        return RebalancePlanner.IsAllowed(counts.Sum(c => (long)c.Datasets), counts.Sum(c => (long)c.Open), BrakeDecision.Free).Allowed;
    }

    private async Task AskAsync()
    {
        var refusals = 0;
        (_spreadBytes, _usedBeforeSpread) = (0, _usedNow ?? 0);
        while (_spreading.Count < _spreadAtOnce && (_spreading.Count == 0 || _spreadBytes < _state.Value.CapacityBytes / CapacityShare) && refusals < SpreadRefusals && !_stopping.IsCancellationRequested)
        {
            if (await DrawAsync(_entropy.Next()) is not { } picked)
            {
                return;
            }

            if (!_spreading.Contains(picked.Dataset.Value) && await GrainFactory.GetGrain<IDatasetGrain>(picked.Dataset.Value).Spread(Id) is > 0 and var bytes)
            {
                _spreading.Add(picked.Dataset.Value);
                _spreadBytes += bytes;
            }
            else
            {
                refusals++;
            }
        }
    }

    [LoggerMessage(EventId = 3006, Level = LogLevel.Warning, Message = "Node {Node} could not ask its datasets to spread; it does so with the next interval")]
    private partial void LogRebalanceFailed(Exception e, string node);
}
