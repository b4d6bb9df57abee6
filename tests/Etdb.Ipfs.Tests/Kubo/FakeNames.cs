using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;
using Etdb.Testing.Ipfs;

namespace Etdb.Ipfs.Tests.Kubo;

/// <summary>Gives a fake Kubo this library's names, and content to hold.</summary>
public static class FakeNames
{
    public static FakeKuboNames Names { get; } = new(
        static text => Convert.ToHexString(Cid.Parse(text).Hash.Bytes),
        static (bytes, codec) => Cid.Of(bytes, codec == "raw" ? Multicodec.Raw : Multicodec.DagPb, 1).ToString(),
        static (cid, bytes) =>
        {
            var links = new List<Cid>();
            BlockLinks.Read(new Block(Cid.Parse(cid), bytes), links);
            return links.ConvertAll(static link => link.ToString());
        });

    /// <summary>A file of random bytes as blocks: leaves first, root last.</summary>
    public static async Task<(Cid Root, IReadOnlyList<Block> Blocks)> FileAsync(int bytes, int seed, bool rawLeaves = true)
    {
        var store = new MemoryBlockStore();
        var profile = ImportProfile.V0Of2015 with { CidVersion = rawLeaves ? 1 : 0, RawLeaves = rawLeaves, ChunkBytes = 1024, FileLinks = 4 };
        var data = new byte[bytes];
        new Random(seed).NextBytes(data);
        using var stream = new MemoryStream(data);
        var result = await new UnixFsImporter(new ImportOptions { Profile = profile }, store).ImportStreamAsync(stream, TestContext.Current.CancellationToken);
        return (result.Cid, [.. store.Blocks.OrderBy(static block => block.Cid)]);
    }
}
