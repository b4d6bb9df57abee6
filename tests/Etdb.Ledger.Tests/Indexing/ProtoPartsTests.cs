using System.Text;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>OIP 5 messages in parts (2.10): put together by the rules of text parts, verified, kept.</summary>
public sealed class ProtoPartsTests
{
    private static readonly byte[] Record = [0x12, 40, .. new byte[40]];

    private static byte[] Varint(int number)
    {
        var bytes = new List<byte>();
        for (; number >= 0x80; number >>= 7)
        {
            bytes.Add((byte)(number | 0x80));
        }

        return [.. bytes, (byte)number];
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> bytes) => [(byte)((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Signed(byte[] payload, int type, FloMessageSigner signer) =>
    [
        .. Field(1, payload), 0x10, (byte)type, 0x18, 1, .. Field(4, Encoding.ASCII.GetBytes(signer.Address)),
        .. Field(5, Convert.FromBase64String(signer.Sign(Encoding.ASCII.GetBytes(Convert.ToBase64String(payload))))),
    ];

    private static string Comment(byte[] message) => "p64:" + Convert.ToBase64String(message);

    private static (string Txid, string Comment) Part(int number, int count, string reference, ReadOnlySpan<byte> data, int id, FloMessageSigner? signer = null)
    {
        byte[] head = number == 0 ? [] : [0x08, .. Varint(number)];
        byte[] tail = reference.Length == 0 ? [] : Field(4, Field(1, Convert.FromHexString(reference)));
        byte[] part = [.. head, 0x10, .. Varint(count), .. Field(3, data), .. tail];
        return (Oips.Id(id), Comment(Signed(part, 3, signer ?? Oips.SignerA)));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(16)]
    public void Parts_in_any_order_are_put_together_and_the_message_is_kept(int digits)
    {
        var message = Signed(Record, 1, Oips.SignerA);
        var reference = Oips.Id(1)[..digits];
        var parts = new[] { Part(0, 3, "", message.AsSpan(0, 60), 1), Part(1, 3, reference, message.AsSpan(60, 60), 2), Part(2, 3, reference, message.AsSpan(120), 3) };
        foreach (var order in new[] { new[] { 0, 1, 2 }, [2, 1, 0], [1, 0, 2] })
        {
            var index = Oips.Index();
            var height = 0;
            foreach (var at in order)
            {
                Assert.Equal(0, index.KeptCount);
                index.Connect(Oips.Block(++height, parts[at]));
            }

            Assert.Equal(1, index.KeptCount);
            Assert.Empty(index.Refusals());
            Assert.Empty(index.PendingMultiparts());
            index.Disconnect(index.Tip!.Hash);
            Assert.Equal(0, index.KeptCount);
        }
    }

    [Fact]
    public void Parts_hold_a_comment_as_oipd_reads_it_prefix_and_all_and_one_part_is_enough()
    {
        var comment = Encoding.ASCII.GetBytes(Comment(Signed(Record, 1, Oips.SignerA)));
        var index = Oips.Index();
        index.Connect(Oips.Block(1, Part(0, 2, "", comment.AsSpan(0, 60), 1), Part(1, 2, Oips.Id(1), comment.AsSpan(60), 2)));
        Assert.Equal(1, index.KeptCount);
        index.Connect(Oips.Block(2, Part(0, 1, "", comment, 3)));
        Assert.Equal(2, index.KeptCount);
        Assert.Empty(index.PendingMultiparts());
        Assert.Empty(index.Refusals());
        index.Disconnect(index.Tip!.Hash);
        Assert.Equal(1, index.KeptCount);
    }

    [Fact]
    public void Parts_by_another_key_and_messages_by_another_key_do_not_count()
    {
        var message = Signed(Record, 1, Oips.SignerA);
        var index = Oips.Index();
        index.Connect(Oips.Block(1, Part(0, 2, "", message.AsSpan(0, 60), 1), Part(1, 2, Oips.Id(1), message.AsSpan(60), 2, Oips.SignerB)));
        Assert.Equal((0, 2), (index.KeptCount, index.PendingMultiparts().Count));
        index.Connect(Oips.Block(2, Part(0, 2, "", message.AsSpan(0, 60), 3, Oips.SignerB), Part(1, 2, Oips.Id(3), message.AsSpan(60), 4, Oips.SignerB)));
        Assert.Equal(0, index.KeptCount);
        Assert.Equal(OipReason.MultipartForeignSigner, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void Text_parts_do_not_join_a_protobuf_group()
    {
        var message = Signed(Record, 1, Oips.SignerA);
        var text = (Oips.Id(2), Encoding.UTF8.GetString(MultipartPart.Compose(1, 1, Oips.Id(1), "some text that is long enough to be one"u8, Oips.SignerA)));
        var index = Oips.Index();
        index.Connect(Oips.Block(1, Part(0, 2, "", message.AsSpan(0, 60), 1), text));
        Assert.Equal(OipReason.MultipartNumbers, Assert.Single(index.Refusals()).Reason);
        index.Connect(Oips.Block(2, Part(1, 2, Oips.Id(1), message.AsSpan(60), 3)));
        Assert.Equal(1, index.KeptCount);
    }

    [Fact]
    public void Changed_messages_nested_parts_and_impossible_numbers_are_refused_with_reasons()
    {
        var message = Signed(Record, 1, Oips.SignerA);
        message[10] ^= 1;
        var nested = Signed([0x10, 2, .. Field(3, "x"u8)], 3, Oips.SignerA);
        var index = Oips.Index();
        index.Connect(Oips.Block(1, Part(0, 2, "", message.AsSpan(0, 60), 1), Part(1, 2, Oips.Id(1), message.AsSpan(60), 2)));
        index.Connect(Oips.Block(2, Part(0, 2, "", nested.AsSpan(0, 60), 3), Part(1, 2, Oips.Id(3), nested.AsSpan(60), 4)));
        Assert.Equal([OipReason.SignatureWrong, OipReason.MultipartNested], index.Refusals().Select(r => r.Reason));
        Assert.Equal(OipReason.MultipartNumbers, Oips.Read(Part(0, 0, "", "x"u8, 1).Comment).Reason);
        Assert.Equal(OipReason.MultipartNumbers, Oips.Read(Part(2, 2, Oips.Id(1), "x"u8, 1).Comment).Reason);
        Assert.Equal(OipReason.MultipartTooLong, Oips.Read(Part(0, 1001, "", "x"u8, 1).Comment).Reason);
        Assert.Equal(OipReason.MultipartReference, Oips.Read(Part(1, 2, "0011", "x"u8, 1).Comment).Reason);
        Assert.Equal(OipReason.MultipartMalformed, Oips.Read(Comment(Signed([0x1a, 90, 1], 3, Oips.SignerA))).Reason);
    }
}
