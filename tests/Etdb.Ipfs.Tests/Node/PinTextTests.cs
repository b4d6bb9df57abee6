using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Tests.Node;

public sealed class PinTextTests
{
    [Fact]
    public void Fast_text_is_the_general_text()
    {
        var random = new Random(1);
        var digest = new byte[BlockKey.Size];
        Span<byte> text = stackalloc byte[PinText.MaxLength];
        for (var i = 0; i < 2000; i++)
        {
            random.NextBytes(digest);
            digest.AsSpan(0, i % (BlockKey.Size + 1)).Fill(i % 2 == 0 ? (byte)0 : (byte)255); // runs of zeros and ones at the front too
            foreach (var codec in new[] { Multicodec.DagPb, Multicodec.Raw, Multicodec.DagCbor })
            {
                var key = new PinKey(new BlockKey(digest), codec);
                foreach (var version in codec == Multicodec.DagPb ? new[] { 0, 1 } : [1])
                {
                    var length = PinText.Write(key, version, text);
                    Assert.Equal(key.ToCid(version).ToString(), Encoding.ASCII.GetString(text[..length]));
                }
            }
        }
    }

    [Fact]
    public void Unusual_codecs_go_the_general_way() =>
        Assert.Equal(0, PinText.Write(new PinKey(BlockKey.Of("x"u8), 0x0129), 1, new byte[PinText.MaxLength]));
}
