using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Nodes;

/// <summary>
/// Canaries. A pin index is a list of names: a node whose disk is gone may answer every probe and every listing as if nothing had
/// happened. So a block drawn by lot is read now and then; when it is bad some more are, and when half of those are bad too, nothing on the
/// node is believed until it has been checked.
/// </summary>
public sealed partial class NodeGrain
{
    /// <summary>Blocks read after a bad one.</summary>
    private const int CanaryBurst = 8;

    /// <summary>Draws at most: some fall on what is being worked on.</summary>
    private const int CanaryDraws = 4 * CanaryBurst;

    private DateTimeOffset? _canaryAt;

    private async Task CanaryAsync(CancellationToken cancellationToken)
    {
        var now = _reporter.Now;
        if (_canaryAt is { } last && now - last < _options.CanaryInterval)
        {
            return;
        }

        _canaryAt = now;
        int asked = 0, bad = 0;
        for (var draw = 0; draw < CanaryDraws && asked < CanaryBurst && (asked == 0 || bad > 0) && !cancellationToken.IsCancellationRequested; draw++)
        {
            if (await DrawAsync(_entropy.Next()) is not { } picked)
            {
                break;
            }

            // What is being worked on, perhaps for what the last draw found, says nothing now.
            if (_running.Values.All(r => r.Job.Dataset != picked.Dataset))
            {
                asked++;
                bad += await IsGoodAsync(picked, cancellationToken) ? 0 : 1;
            }
        }

        if (bad >= 3 && bad * 2 >= asked)
        {
            if (Open("disk-loss") is null)
            {
                Change(s => s with { Losses = s.Losses + 1 });
            }

            var incident = await OpenForAllAsync("disk-loss", now, $"{bad} of {asked} blocks drawn by lot are bad although the index lists them: everything on the node is checked.");
            if (!_scanning)
            {
                // The index may be gone with the disk: then these pins have to be made again, not only their blocks brought.
                await BeginScanAsync(cancellationToken);
            }

            await TellShelvesAsync(new ShelfNews(ObservationKind.CheckUnknown, now, incident));
        }
    }

    /// <summary>One dataset by lot: from the shelf drawn, or the next one that is not empty. Null when the node keeps nothing.</summary>
    private async Task<DatasetRef?> DrawAsync(ulong number)
    {
        for (var i = 0UL; i < (ulong)_options.ShelvesPerNode; i++)
        {
            if (await Shelf((int)((number + i) % (ulong)_options.ShelvesPerNode)).Pick(number >> 16) is { } picked)
            {
                return picked;
            }
        }

        return null;
    }

    /// <summary>Reads one block (and those on its path) of one dataset; false when it is bad. No answer is not bad.</summary>
    private async Task<bool> IsGoodAsync(DatasetRef picked, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var from = _reporter.Now;
        var check = await Archive.VerifyAsync(new VerifyRequest(picked.Root, 1, _entropy.Next()), either.Token);
        await JudgeAsync(picked, check, from);
        if (check.Verdict is not (ReplicaVerdict.Missing or ReplicaVerdict.Corrupt))
        {
            return true;
        }

        var kind = check.Verdict == ReplicaVerdict.Corrupt ? ObservationKind.CheckCorrupt : ObservationKind.CheckMissing;
        var incident = await NoteDamageAsync(picked, check);
        await GrainFactory.GetGrain<IDatasetGrain>(picked.Dataset.Value).Observe(
            picked.Root, new Observation(Id, kind, from, ObservationSource.Audit, VerificationDepth.Sample, check.BlocksChecked), incident);
        return false;
    }
}
