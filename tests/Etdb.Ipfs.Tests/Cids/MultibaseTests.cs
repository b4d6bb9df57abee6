using Etdb.Ipfs.Cids;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Ipfs.Tests.Cids;

/// <summary>The vectors of github.com/multiformats/multibase (tests/basic.csv, leading_zero.csv, case_insensitivity.csv) and what holds for all bytes.</summary>
public sealed class MultibaseTests
{
    private const string Basic = """
        Base2 001111001011001010111001100100000011011010110000101101110011010010010000000100001
        Base8 7362625631006654133464440102
        Base10 9573277761329450583662625
        Base16 f796573206d616e692021
        Base16Upper F796573206D616E692021
        Base32 bpfsxgidnmfxgsibb
        Base32Upper BPFSXGIDNMFXGSIBB
        Base32Hex vf5in683dc5n6i811
        Base32HexUpper VF5IN683DC5N6I811
        Base32Pad cpfsxgidnmfxgsibb
        Base32PadUpper CPFSXGIDNMFXGSIBB
        Base32HexPad tf5in683dc5n6i811
        Base32HexPadUpper TF5IN683DC5N6I811
        Base32Z hxf1zgedpcfzg1ebb
        Base36 k2lcpzo5yikidynfl
        Base36Upper K2LCPZO5YIKIDYNFL
        Base58Flickr Z7Pznk19XTTzBtx
        Base58Btc z7paNL19xttacUY
        Base64 meWVzIG1hbmkgIQ
        Base64Pad MeWVzIG1hbmkgIQ==
        Base64Url ueWVzIG1hbmkgIQ
        Base64UrlPad UeWVzIG1hbmkgIQ==
        """;

    private const string LeadingZero = """
        Base2 00000000001111001011001010111001100100000011011010110000101101110011010010010000000100001
        Base8 7000745453462015530267151100204
        Base10 90573277761329450583662625
        Base16 f00796573206d616e692021
        Base32 bab4wk4zanvqw42jaee
        Base32HexPadUpper T01SMASP0DLGMSQ9044======
        Base32Pad cab4wk4zanvqw42jaee======
        Base32Z hybhskh3ypiosh4jyrr
        Base36 k02lcpzo5yikidynfl
        Base58Flickr Z17Pznk19XTTzBtx
        Base58Btc z17paNL19xttacUY
        Base64 mAHllcyBtYW5pICE
        Base64Pad MAHllcyBtYW5pICE=
        Base64UrlPad UAHllcyBtYW5pICE=
        """;

    private const string AnyCase = """
        Base16 f68656c6c6f20776F726C64
        Base16Upper F68656c6c6f20776F726C64
        Base32 bnbswy3dpeB3W64TMMQ
        Base32Upper Bnbswy3dpeB3W64TMMQ
        Base32Hex vd1imor3f41RMUSJCCG
        Base32HexUpper Vd1imor3f41RMUSJCCG
        Base32Pad cnbswy3dpeB3W64TMMQ======
        Base32HexPadUpper Td1imor3f41RMUSJCCG======
        Base36 kfUvrsIvVnfRbjWaJo
        Base36Upper KfUVrSIVVnFRbJWAJo
        """;

    public static TheoryData<string, MultibaseEncoding, string, bool> Vectors()
    {
        var data = new TheoryData<string, MultibaseEncoding, string, bool>();
        Add(data, "yes mani !", Basic, true);
        Add(data, "\0yes mani !", LeadingZero, true);
        Add(data, "hello world", AnyCase, false);
        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Published_vectors_are_read_and_written(string plain, MultibaseEncoding encoding, string text, bool isCanonical)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(plain);
        Assert.Equal(bytes, Multibase.Decode(text));
        if (isCanonical)
        {
            Assert.Equal(text, Multibase.Encode(encoding, bytes));
        }
    }

    [Fact]
    public void Every_base_gives_back_any_bytes() => Prop.ForAll<byte[]>(bytes =>
        Enum.GetValues<MultibaseEncoding>().All(encoding => Multibase.Decode(Multibase.Encode(encoding, bytes)).AsSpan().SequenceEqual(bytes))).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("?abc")]
    [InlineData("b1")]
    [InlineData("ba")]
    [InlineData("bab4wk4zanvqw42jaef")]
    [InlineData("MAHllcyBtYW5pICE")]
    [InlineData("MAHllcyBtYW5pICE==")]
    [InlineData("z0OIl")]
    [InlineData("f7")]
    [InlineData("mAHllcyBtYW5pIC€")]
    public void What_is_no_text_of_its_base_is_refused(string text)
    {
        Assert.False(Multibase.TryDecode(text, out _, out var problem));
        Assert.NotEmpty(problem);
        Assert.Throws<FormatException>(() => Multibase.Decode(text));
    }

    [Fact]
    public void A_long_number_is_refused_before_it_costs_time() =>
        Assert.False(Multibase.TryDecode("z" + new string('2', Multibase.MaxBigIntegerText + 1), out _, out _));

    [Fact]
    public void Varints_are_read_back_and_only_in_their_shortest_form()
    {
        Prop.ForAll<ulong>(value =>
        {
            var number = value & long.MaxValue;
            Span<byte> bytes = stackalloc byte[10];
            var used = Varint.Write(bytes, number);
            return used == Varint.Length(number) && Varint.TryRead(bytes, out var back, out var read) && back == number && read == used;
        }).QuickCheckThrowOnFailure();

        Assert.True(Varint.TryRead([0xac, 0x02], out var known, out _));
        Assert.Equal(300UL, known);
        Assert.False(Varint.TryRead([0x81, 0x00], out _, out _));
        Assert.False(Varint.TryRead([0x80], out _, out _));
        Assert.False(Varint.TryRead([], out _, out _));
        Assert.False(Varint.TryRead([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], out _, out _));
    }

    private static void Add(TheoryData<string, MultibaseEncoding, string, bool> data, string plain, string lines, bool isCanonical)
    {
        foreach (var parts in lines.Split('\n').Select(line => line.Trim().Split(' ')))
        {
            data.Add(plain, Enum.Parse<MultibaseEncoding>(parts[0]), parts[1], isCanonical);
        }
    }
}
