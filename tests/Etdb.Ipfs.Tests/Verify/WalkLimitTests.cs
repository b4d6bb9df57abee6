using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Tests.Kubo;
using Etdb.Ipfs.UnixFs;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Tests.Verify;

/// <summary>The most blocks of one check: exactly so many, and not one more.</summary>
public sealed class WalkLimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_blocks_as_are_allowed_are_checked_and_the_replica_is_complete()
    {
        var (root, blocks) = await FakeNames.FileAsync(40_000, 1);
        var (report, asked) = await CheckAsync(root, blocks, blocks.Count);
        Assert.Equal((ReplicaFinding.Complete, true), (report.Finding, report.Full));
        Assert.Equal((blocks.Count, blocks.Count), ((int)report.BlocksChecked, asked));
    }

    [Fact]
    public async Task One_block_more_than_is_allowed_ends_the_check_as_unknown()
    {
        var (root, blocks) = await FakeNames.FileAsync(40_000, 1);
        var (report, asked) = await CheckAsync(root, blocks, blocks.Count - 1);
        Assert.Equal((ReplicaFinding.Unknown, false), (report.Finding, report.Full));
        Assert.InRange(asked, 1, blocks.Count - 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(17)]
    public async Task No_limit_is_overshot_by_the_links_of_a_block(int most)
    {
        var (root, blocks) = await FakeNames.FileAsync(40_000, 1);
        var (report, asked) = await CheckAsync(root, blocks, most);
        Assert.Equal(ReplicaFinding.Unknown, report.Finding);
        Assert.InRange(asked, 1, most);
    }

    [Fact]
    public async Task Links_to_one_block_count_once()
    {
        var store = new MemoryBlockStore();
        var profile = ImportProfile.V0Of2015 with { CidVersion = 1, RawLeaves = true, ChunkBytes = 1024, FileLinks = 174 };
        using var zeros = new MemoryStream(new byte[1024 * 100]);
        var root = (await new UnixFsImporter(new ImportOptions { Profile = profile }, store).ImportStreamAsync(zeros, Token)).Cid;
        Assert.Equal(2, store.Count);
        Assert.Equal(ReplicaFinding.Complete, (await CheckAsync(root, store.Blocks, 2)).Report.Finding);
        Assert.Equal(ReplicaFinding.Unknown, (await CheckAsync(root, store.Blocks, 1)).Report.Finding);
    }

    private static async Task<(ReplicaReport Report, int Asked)> CheckAsync(Cid root, IEnumerable<Block> blocks, int most)
    {
        var source = new Counted(blocks);
        var report = await ReplicaVerifier.VerifyAsync(source, root, new ReplicaCheckOptions { Limits = new DagLimits { MaxBlocks = most } }, Token);
        return (report, source.Asked);
    }

    private sealed class Counted(IEnumerable<Block> blocks) : IBlockSource
    {
        private readonly Dictionary<Multihash, ReadOnlyMemory<byte>> _blocks = blocks.ToDictionary(static b => b.Cid.Hash, static b => b.Data);
        private int _asked;

        public string Name => "memory";

        public int Asked => _asked;

        public Task<BlockFetch> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return Task.FromResult(_blocks.TryGetValue(cid.Hash, out var data) ? BlockFetch.Of(data) : BlockFetch.Not(FetchStatus.NotFound, "gone"));
        }
    }
}
