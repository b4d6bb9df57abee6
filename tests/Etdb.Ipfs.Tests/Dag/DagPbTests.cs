using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Ipfs.Tests.Dag;

public sealed class DagPbTests
{
    private static readonly Cid Leaf = Cid.Of("leaf"u8, Multicodec.Raw, 1);

    [Fact]
    public void A_node_is_written_links_first_and_read_back()
    {
        var node = new DagPbNode([new DagPbLink(Leaf, "a", 4), new DagPbLink(Leaf, null, null)], new byte[] { 8, 1 });
        var bytes = node.Encode();
        Assert.Equal(0x12, bytes[0]);
        Assert.Equal(node.EncodedLength(), bytes.Length);
        var back = DagPbNode.Decode(bytes);
        Assert.Equal("a", back.Links[0].Name);
        Assert.Null(back.Links[1].NameBytes);
        Assert.Null(back.Links[1].TotalBytes);
        Assert.Equal(bytes, back.Encode());
    }

    /// <summary>ipld.io/specs/codecs/dag-pb, fixtures: the empty node, empty data, one link without and with name.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("0a00")]
    [InlineData("0a050001020304")]
    [InlineData("120b0a09015500050001020304")]
    [InlineData("12140a090155000500010203041207736f6d65206e61")]
    public void Canonical_bytes_survive(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(bytes, DagPbNode.Decode(bytes).Encode());
    }

    [Theory]
    [InlineData("0a000a00", "two data fields")]
    [InlineData("1a00", "no field 3")]
    [InlineData("0a05", "left")]
    [InlineData("1200", "names no block")]
    [InlineData("1202120012", "names no block")]
    [InlineData("120b0a090155000500010203040a00120b0a09015500050001020304", "before and after")]
    [InlineData("120d18010a09015500050001020304", "after field 3")]
    public void What_is_no_node_is_refused(string hex, string why)
    {
        var problem = Assert.Throws<FormatException>(() => DagPbNode.Decode(Convert.FromHexString(hex)));
        Assert.Contains(why, problem.Message);
    }

    [Fact]
    public void Data_before_links_is_accepted_and_written_the_canonical_way()
    {
        var node = DagPbNode.Decode(Convert.FromHexString("0a0201ff120b0a09015500050001020304"));
        Assert.Equal("120b0a090155000500010203040a0201ff", Convert.ToHexStringLower(node.Encode()));
    }

    [Fact]
    public void UnixFs_data_survives() => Prop.ForAll<byte[], ulong[], long>((data, sizes, seconds) =>
    {
        var value = new UnixFsData(UnixFsType.File)
        {
            Data = data,
            FileBytes = (ulong)data.Length,
            BlockBytes = sizes,
            Mode = 0x1a4,
            Time = new UnixFsTime(seconds, (uint)data.Length),
        };
        var back = UnixFsData.Decode(value.Encode());
        return back.Data!.Value.Span.SequenceEqual(data) && back.BlockBytes.SequenceEqual(sizes) && back.Time == value.Time && back.Mode == value.Mode
            && back.FileBytes == value.FileBytes && back.Encode().AsSpan().SequenceEqual(value.Encode());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Packed_block_sizes_are_read_too() =>
        Assert.Equal([1UL, 300UL], UnixFsData.Decode(Convert.FromHexString("08022203" + "01ac02")).BlockBytes);

    [Theory]
    [InlineData("")]
    [InlineData("0806")]
    [InlineData("1801")]
    [InlineData("0a00")]
    [InlineData("080242021001")]
    public void What_is_no_UnixFs_data_is_refused(string hex) => Assert.Throws<FormatException>(() => UnixFsData.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void Links_of_dag_cbor_are_its_tags_42()
    {
        var link = "d82a4a00" + Convert.ToHexStringLower(Cid.Identity(Multicodec.Raw, new byte[5]).Bytes);
        var block = Block.Of(Convert.FromHexString("a2616182" + link + link + "616201"), Multicodec.DagCbor, 1);
        var links = new List<Cid>();
        Assert.Null(BlockLinks.Read(block, links));
        Assert.Equal(2, links.Count);
        Assert.Equal(DagProblem.Malformed, BlockLinks.Read(Block.Of(Convert.FromHexString("d82a01"), Multicodec.DagCbor, 1), links));
        Assert.Equal(DagProblem.Malformed, BlockLinks.Read(Block.Of(Convert.FromHexString("9fff"), Multicodec.DagCbor, 1), links));
        Assert.Equal(DagProblem.UnsupportedCodec, BlockLinks.Read(Block.Of("{}"u8.ToArray(), Multicodec.DagJson, 1), links));
        var deep = Enumerable.Repeat((byte)0x81, BlockLinks.MaxCborDepth + 2).Append((byte)0).ToArray();
        Assert.NotNull(BlockLinks.Read(Block.Of(deep, Multicodec.DagCbor, 1), links));
    }

    [Fact]
    public void Mutated_blocks_are_read_or_refused_and_nothing_else()
    {
        var file = new UnixFsData(UnixFsType.File) { FileBytes = 9, BlockBytes = [4, 5] }.Encode();
        var node = new DagPbNode([new DagPbLink(Leaf, "a", 4), new DagPbLink(Leaf, "b", 5)], file).Encode();
        Fuzzer.Run(1, 20_000, [node, file], bytes => DagPbNode.Decode(bytes).Encode(), typeof(FormatException));
        Fuzzer.Run(2, 20_000, [file, node], bytes => UnixFsData.Decode(bytes).Encode(), typeof(FormatException));
        Fuzzer.Run(3, 20_000, [Leaf.Bytes.ToArray(), [.. Cid.Identity(Multicodec.Raw, "hi"u8).Bytes]], bytes => Cid.Decode(bytes).ToString(), typeof(FormatException));
        var cbor = Convert.FromHexString("a2616182d82a4a00" + "015500050000000000" + "01616201");
        Fuzzer.Run(4, 20_000, [cbor], bytes => BlockLinks.Read(Block.Of(bytes, Multicodec.DagCbor, 1), []));
        Fuzzer.Run(5, 20_000, [node, file], bytes => UnixFsNode.Decode(Block.Of(bytes, Multicodec.DagPb, 1)), typeof(DagException));
        Fuzzer.Run(
            6,
            20_000,
            [System.Text.Encoding.ASCII.GetBytes(Leaf.ToString()), System.Text.Encoding.ASCII.GetBytes("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG")],
            bytes => Cid.Parse(System.Text.Encoding.Latin1.GetString(bytes)),
            typeof(FormatException));
    }
}
