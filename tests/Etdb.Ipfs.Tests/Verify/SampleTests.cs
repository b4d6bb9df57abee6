using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Tests.Kubo;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Verify;

public sealed class SampleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0.5, 0.90, 4)]
    [InlineData(0.5, 0.999, 10)]
    [InlineData(0.1, 0.90, 22)]
    [InlineData(0.1, 0.99, 44)]
    [InlineData(0.05, 0.95, 59)]
    [InlineData(0.01, 0.95, 299)]
    [InlineData(0.01, 0.99, 459)]
    [InlineData(0.001, 0.99, 4603)]
    [InlineData(0.001, 0.999, 6905)]
    public void Draws_needed_are_those_of_the_table(double bad, double confidence, long draws)
    {
        Assert.Equal(draws, SampleStatistics.DrawsFor(bad, confidence));
        Assert.True(SampleStatistics.Detection(bad, draws) >= confidence);
        Assert.True(SampleStatistics.Detection(bad, draws - 1) < confidence);
    }

    [Fact]
    public void One_bad_block_among_eleven_thousand_needs_nearly_all_of_them()
    {
        Assert.True(SampleStatistics.DetectionExact(11_445, 1, 11_331) >= 0.99);
        Assert.True(SampleStatistics.DetectionExact(11_445, 1, 11_330) < 0.9900);
        Assert.Equal(1, SampleStatistics.DetectionExact(10, 3, 8));
        Assert.Equal(0, SampleStatistics.DetectionExact(10, 0, 8));
        Assert.Equal(1 - (7.0 / 10 * 6 / 9), SampleStatistics.DetectionExact(10, 3, 2), 12);
    }

    [Fact]
    public void Mean_time_to_detect_and_upper_bound_follow_the_formulas()
    {
        Assert.Equal(3.8, SampleStatistics.MeanTimeToDetect(0.01, 30, TimeSpan.FromDays(1)).TotalDays, 0.1);
        Assert.Equal(0.01, SampleStatistics.UpperBound(459, 0.99), 0.0001);
        Assert.Equal(1, SampleStatistics.UpperBound(0, 0.99));
    }

    [Fact]
    public async Task The_same_seed_draws_the_same_leaves_whatever_the_parallelism()
    {
        var (root, blocks) = await FakeNames.FileAsync(200_000, 1);
        var one = await DrawAsync(root, blocks, 20, 7, parallel: 1);
        var eight = await DrawAsync(root, blocks, 20, 7, parallel: 8);
        var other = await DrawAsync(root, blocks, 20, 8, parallel: 8);
        Assert.Equal(one.Order(), eight.Order());
        Assert.NotEqual(one.Order(), other.Order());
    }

    [Fact]
    public async Task A_sample_checks_as_many_leaves_as_asked_and_is_never_called_full()
    {
        var (root, blocks) = await FakeNames.FileAsync(200_000, 1);
        var report = await ReplicaVerifier.VerifyAsync(new Source(blocks), root, new ReplicaCheckOptions { SampleLeaves = 20, Seed = 3 }, Token);
        Assert.Equal(ReplicaFinding.Complete, report.Finding);
        Assert.Equal(20, report.LeavesChecked);
        Assert.True(report.BlocksChecked > 20 && report.BlocksChecked < blocks.Count);
        Assert.False(report.Full);
    }

    [Fact]
    public async Task Wholesale_loss_is_found_by_a_small_sample_as_often_as_the_statistics_say()
    {
        var (root, blocks) = await FakeNames.FileAsync(400_000, 1);
        var leaves = blocks.Where(static b => b.Cid.Codec == Multicodec.Raw).ToList();
        var lost = leaves.Take(leaves.Count / 10).Select(static b => b.Cid).ToHashSet();
        var node = new Source(blocks.Where(b => !lost.Contains(b.Cid)));
        const int trials = 200;
        var found = 0;
        for (ulong seed = 0; seed < trials; seed++)
        {
            found += (await ReplicaVerifier.VerifyAsync(node, root, new ReplicaCheckOptions { SampleLeaves = 10, Seed = seed }, Token)).Finding == ReplicaFinding.Missing ? 1 : 0;
        }

        var expected = SampleStatistics.DetectionExact(leaves.Count, lost.Count, 10);
        var deviation = Math.Sqrt(expected * (1 - expected) / trials);
        Assert.InRange((double)found / trials, expected - (4 * deviation), expected + (4 * deviation));
    }

    private static async Task<List<Cid>> DrawAsync(Cid root, IReadOnlyList<Block> blocks, int leaves, ulong seed, int parallel)
    {
        var source = new Source(blocks);
        await ReplicaVerifier.VerifyAsync(source, root, new ReplicaCheckOptions { SampleLeaves = leaves, Seed = seed, Parallel = parallel }, Token);
        return source.Asked;
    }

    private sealed class Source(IEnumerable<Block> blocks) : IBlockSource
    {
        private readonly Dictionary<Multihash, ReadOnlyMemory<byte>> _blocks = blocks.ToDictionary(static b => b.Cid.Hash, static b => b.Data);

        public string Name => "memory";

        public List<Cid> Asked { get; } = [];

        public Task<BlockFetch> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            lock (Asked)
            {
                Asked.Add(cid);
            }

            return Task.FromResult(_blocks.TryGetValue(cid.Hash, out var data) ? BlockFetch.Of(data) : BlockFetch.Not(FetchStatus.NotFound, "gone"));
        }
    }
}
