namespace Etdb.Ipfs.Node.Store;

public sealed partial class BlockStore
{
    /// <summary>
    /// Reads and hashes every block in the order of the disk, at most <paramref name="bytesPerSecond"/> (0 = as fast as it goes).
    /// Bad blocks are quarantined as by any read.
    /// </summary>
    public async Task<ScrubReport> ScrubAsync(long bytesPerSecond, IProgress<ScrubReport>? progress, CancellationToken cancellationToken)
    {
        const int reportEvery = 1024;
        List<BlockKey> order;
        lock (_gate)
        {
            order = [.. _index.OrderBy(static e => e.Value.Segment).ThenBy(static e => e.Value.Offset).Select(static e => e.Key)];
        }

        var tally = new ScrubTally(QuarantinedKeys());
        var started = _options.Time.GetTimestamp();
        for (var i = 0; i < order.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tally.Add(order[i], Read(order[i]));
            if (bytesPerSecond > 0)
            {
                var ahead = TimeSpan.FromSeconds((double)tally.Bytes / bytesPerSecond) - _options.Time.GetElapsedTime(started);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, _options.Time, cancellationToken).ConfigureAwait(false);
                }
            }

            if (i % reportEvery == reportEvery - 1)
            {
                progress?.Report(tally.Report());
                await Task.Yield();
            }
        }

        return tally.Report();
    }

    private sealed class ScrubTally(IReadOnlyList<BlockKey> known)
    {
        private readonly List<BlockKey> _corrupt = [.. known.Take(ScrubReport.NamedLimit)];
        private readonly List<BlockKey> _missing = [];
        private long _blocks;
        private long _failed;

        public long Bytes { get; private set; }

        public void Add(BlockKey key, BlockRead read)
        {
            switch (read.Status)
            {
                case ReadStatus.Found:
                    _blocks++;
                    Bytes += read.Data.Length;
                    break;
                case ReadStatus.Corrupt when _corrupt.Count < ScrubReport.NamedLimit:
                    _corrupt.Add(key);
                    break;
                case ReadStatus.NotFound when _missing.Count < ScrubReport.NamedLimit:
                    _missing.Add(key);
                    break;
                case ReadStatus.Failed:
                    _failed++;
                    break;
                default:
                    break;
            }
        }

        public ScrubReport Report() => new(_blocks, Bytes, [.. _corrupt], [.. _missing], _failed);
    }
}
