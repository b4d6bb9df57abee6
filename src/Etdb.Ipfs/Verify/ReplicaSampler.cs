using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;

namespace Etdb.Ipfs.Verify;

/// <summary>
/// Challenges: leaves are drawn by the seed, each by a walk from the root that chooses at every node among its links, weighted by the bytes below
/// them (the link's Tsize, which the root's hash vouches for). So every byte is as likely to be asked for as every other, and only the inner blocks on
/// the paths are read. A leaf that is drawn twice counts once and another is drawn, up to four times as many draws as leaves.
/// </summary>
internal static class ReplicaSampler
{
    private const int DrawsPerLeaf = 4;

    public static async Task<ReplicaReport> RunAsync(IBlockSource node, Cid root, ReplicaCheckOptions options, CancellationToken cancellationToken)
    {
        var run = new Run(node, root, options);
        var draws = (long)options.SampleLeaves * DrawsPerLeaf;
        for (var draw = 0L; draw < draws && !run.Enough;)
        {
            // Never more in flight than leaves still wanted, so that a seed draws the same leaves whatever the parallelism of the machine.
            var width = (int)Math.Min(Math.Min(options.Parallel, run.Wanted), draws - draw);
            var first = draw;
            var paths = await Task.WhenAll(Enumerable.Range(0, width).Select(i => run.DescendAsync((ulong)(first + i), cancellationToken))).ConfigureAwait(false);
            foreach (var path in paths)
            {
                run.Count(path);
            }

            draw += width;
        }

        return run.Report();
    }

    private sealed record Step(Cid Cid, int Depth, BlockFetch Answer, int Bytes, IReadOnlyList<(Cid Cid, ulong Weight)> Links, DagProblem? Problem);

    private sealed class Run(IBlockSource node, Cid root, ReplicaCheckOptions options)
    {
        private readonly ReplicaTally _tally = new(root, options);
        private readonly Lock _gate = new();
        private readonly Dictionary<DagKey, Task<Step>> _read = []; // under the gate: several paths share their upper blocks
        private readonly HashSet<DagKey> _counted = [];
        private int _leaves;

        public int Wanted => options.SampleLeaves - _leaves;

        public bool Enough => Wanted <= 0 || _tally.GiveUp;

        public ReplicaReport Report() => _tally.Report(full: false);

        public async Task<List<Step>> DescendAsync(ulong draw, CancellationToken cancellationToken)
        {
            var random = new SeededDraw(options.Seed, draw);
            var path = new List<Step>();
            var at = root;
            for (var depth = 0; depth <= options.Limits.MaxDepth; depth++)
            {
                var step = await ReadOnceAsync(at, depth, cancellationToken).ConfigureAwait(false);
                path.Add(step);
                if (step.Links.Count == 0 || step.Problem is not null)
                {
                    break;
                }

                at = Choose(step.Links, random);
            }

            return path;
        }

        public void Count(List<Step> path)
        {
            foreach (var step in path)
            {
                if (!_counted.Add(DagKey.Of(step.Cid)))
                {
                    continue;
                }

                if (step.Answer.Status != FetchStatus.Found)
                {
                    _tally.Bad(step.Cid, step.Answer);
                }
                else if (step.Problem is { } wrong)
                {
                    _tally.Unclear(BlockLoader.Describe(wrong, step.Cid));
                }
                else
                {
                    _tally.Good(step.Bytes, step.Depth, step.Links.Count == 0);
                }

                _leaves += step == path[^1] ? 1 : 0;
            }
        }

        private Task<Step> ReadOnceAsync(Cid cid, int depth, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                if (!_read.TryGetValue(DagKey.Of(cid), out var step))
                {
                    step = ReadAsync(cid, depth, cancellationToken);
                    _read.Add(DagKey.Of(cid), step);
                }

                return step;
            }
        }

        private async Task<Step> ReadAsync(Cid cid, int depth, CancellationToken cancellationToken)
        {
            var answer = await ReplicaVerifier.ReadAsync(node, cid, cancellationToken).ConfigureAwait(false);
            if (answer.Status != FetchStatus.Found)
            {
                return new Step(cid, depth, answer, 0, [], null);
            }

            var links = new List<(Cid, ulong)>();
            var problem = ReadLinks(new Block(cid, answer.Data), links);
            return new Step(cid, depth, answer with { Data = default }, answer.Data.Length, links, problem);
        }

        private static DagProblem? ReadLinks(Block block, List<(Cid Cid, ulong Weight)> links)
        {
            var cids = new List<Cid>();
            if (BlockLinks.Read(block, cids) is { } problem)
            {
                return problem;
            }

            var sizes = block.Cid.Codec == Multicodec.DagPb ? DagPbNode.Decode(block.Data).Links : null;
            for (var i = 0; i < cids.Count; i++)
            {
                // An absurd Tsize must not keep its siblings from ever being drawn.
                const ulong most = 1UL << 50;
                links.Add((cids[i], Math.Clamp(sizes?[i].TotalBytes ?? 1, 1, most)));
            }

            return null;
        }

        private static Cid Choose(IReadOnlyList<(Cid Cid, ulong Weight)> links, SeededDraw random)
        {
            var total = links.Aggregate(UInt128.Zero, static (sum, link) => sum + link.Weight);
            var point = (UInt128)random.Next() * total >> 64;
            foreach (var (cid, weight) in links)
            {
                if (point < weight)
                {
                    return cid;
                }

                point -= weight;
            }

            return links[^1].Cid;
        }
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014): numbers that follow from seed and draw alone.</summary>
    private sealed class SeededDraw(ulong seed, ulong draw)
    {
        private ulong _state = seed ^ (draw * 0xD1B54A32D192ED03UL);

        public ulong Next()
        {
            _state += 0x9E3779B97F4A7C15UL;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
