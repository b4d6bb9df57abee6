using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Listing;

namespace Etdb.Ledger.Tests.Listing;

/// <summary>OIP 5 templates: their descriptors are read, and messages told by them as protobuf's JSON mapping says.</summary>
public sealed class ProtoShapeTests
{
    private const int MaxRounds = 20_000;

    // message P { string name = 1; repeated int32 sizes = 2; double dose_rate = 3; Kind kind = 4; P.Part part = 5; sint64 shift = 6; bool open = 7; bytes key = 8; repeated string tags = 9;
    //             oipProto.Txid of = 10; message Part { uint64 bytes = 1; } enum Kind { RAW = 0; DONE = 3; } }
    private static readonly byte[] Descriptors = Bytes(1, [
        .. Text(2, "oipProto.templates.tmpl_00000001"),
        .. Bytes(4, [
            .. Text(1, "P"),
            .. Field("name", 1, 9), .. Field("sizes", 2, 5, isList: true), .. Field("dose_rate", 3, 1), .. Field("kind", 4, 14, ".oipProto.templates.tmpl_00000001.P.Kind"),
            .. Field("part", 5, 11, ".oipProto.templates.tmpl_00000001.P.Part"), .. Field("shift", 6, 18), .. Field("open", 7, 8), .. Field("key", 8, 12),
            .. Field("tags", 9, 9, isList: true), .. Field("of", 10, 11, ".oipProto.Txid"),
            .. Bytes(3, [.. Text(1, "Part"), .. Field("bytes", 1, 4)]),
            .. Bytes(4, [.. Text(1, "Kind"), .. Bytes(2, [.. Text(1, "RAW"), .. Number(2, 0)]), .. Bytes(2, [.. Text(1, "DONE"), .. Number(2, 3)])]),
        ]),
    ]);

    private static readonly byte[] Message =
    [
        .. Text(1, "Zähler"), .. Number(2, 4), .. Bytes(2, [5, 0x80, 1]), .. Double(3, 2.5), .. Number(4, 3), .. Bytes(5, Number(1, ulong.MaxValue)), .. Number(6, 3), .. Number(7, 1),
        .. Bytes(8, [1, 2]), .. Text(9, "a"), .. Text(9, ""), .. Bytes(10, Bytes(1, [0xff])), .. Text(99, "unknown"),
    ];

    [Fact]
    public void A_message_is_told_by_the_names_and_types_of_its_template()
    {
        var json = ProtoShape.Read(Descriptors)!.ToJson(Message);
        var expected = JsonNode.Parse("""
            {"name":"Zähler","sizes":[4,5,128],"doseRate":2.5,"kind":"DONE","part":{"bytes":"18446744073709551615"},"shift":"-2","open":true,"key":"AQI=","tags":["a",""],"of":{"raw":"/w=="}}
            """);
        Assert.True(JsonNode.DeepEquals(expected, json), json!.ToJsonString());
    }

    [Fact]
    public void A_number_no_word_is_known_for_stays_a_number_and_what_is_no_number_is_left_out()
    {
        var shape = ProtoShape.Read(Descriptors)!;
        Assert.Equal("""{"kind":7}""", shape.ToJson(Number(4, 7))!.ToJsonString());
        Assert.Equal("""{"doseRate":null}""", shape.ToJson(Double(3, double.NaN))!.ToJsonString());
        Assert.Null(shape.ToJson(Message.AsMemory(0, Message.Length - 1)));
    }

    [Fact]
    public void Descriptors_without_a_message_P_are_no_template()
    {
        Assert.Null(ProtoShape.Read(Bytes(1, [.. Text(2, "x"), .. Bytes(4, Text(1, "Q"))])));
        Assert.Null(ProtoShape.Read(Descriptors.AsMemory(0, Descriptors.Length - 3)));
        Assert.Null(ProtoShape.Read(default));
    }

    [Fact]
    public void Messages_within_messages_end_at_a_limit()
    {
        byte[] nested = Text(1, "P");
        for (var i = 0; i < 100; i++)
        {
            nested = [.. Text(1, "P"), .. Bytes(3, nested)];
        }

        Assert.Null(ProtoShape.Read(Bytes(1, Bytes(4, nested))));

        // P { P p = 1 }: the message may go as deep as its bytes reach, the answer not.
        var shape = ProtoShape.Read(Bytes(1, Bytes(4, [.. Text(1, "P"), .. Field("p", 1, 11, ".P")])))!;
        byte[] deep = [];
        for (var i = 0; i < 100; i++)
        {
            deep = Bytes(1, deep);
        }

        Assert.InRange(shape.ToJson(deep)!.ToJsonString().Count(c => c == '{'), 10, 20);
    }

    [Fact]
    public void Damaged_descriptors_and_messages_never_throw()
    {
        var random = new Random(5);
        var shape = ProtoShape.Read(Descriptors)!;
        var read = 0;
        for (var round = 0; round < MaxRounds; round++)
        {
            var (descriptors, message) = (Damaged(Descriptors, random), Damaged(Message, random));
            read += shape.ToJson(message) is null ? 0 : 1;
            _ = ProtoShape.Read(descriptors)?.ToJson(Message)?.ToJsonString();
        }

        Assert.InRange(read, MaxRounds / 100, MaxRounds);
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        byte[] damaged = [.. bytes[..random.Next(bytes.Length / 2, bytes.Length + 1)]];
        for (var n = random.Next(4); n > 0; n--)
        {
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
        }

        return damaged;
    }

    private static byte[] Field(string name, int number, int type, string typeName = "", bool isList = false) => Bytes(
        2, [.. Text(1, name), .. Number(3, (ulong)number), .. Number(4, isList ? 3UL : 1), .. Number(5, (ulong)type), .. typeName.Length == 0 ? [] : Text(6, typeName)]);

    private static byte[] Text(int number, string text) => Bytes(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int number, ReadOnlySpan<byte> bytes) => [.. Varint(((ulong)number << 3) | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int number, ulong value) => [.. Varint((ulong)number << 3), .. Varint(value)];

    private static byte[] Double(int number, double value)
    {
        var bytes = new byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return [.. Varint(((ulong)number << 3) | 1), .. bytes];
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
