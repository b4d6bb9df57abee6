using Etdb.Ledger.Oip;
using SimpleBase;

namespace Etdb.Ledger.Tests.Oip;

/// <summary>Roots of records: the short way of reading version 0 says what decoding says.</summary>
public sealed class CidTextTests
{
    private const string Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    [Fact]
    public void Every_multihash_of_sha256_is_a_root()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var hash = new byte[34];
            random.NextBytes(hash);
            (hash[0], hash[1]) = (0x12, 0x20);
            hash.AsSpan(2, i % 33).Clear();
            var text = Base58.Bitcoin.Encode(hash);
            Assert.Equal(text, CidText.TryParse("/ipfs/" + text)?.Value);
        }
    }

    [Theory]
    [InlineData("zé")]
    [InlineData("zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ\u0416")]
    [InlineData("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N\u00e9")]
    [InlineData("bé")]
    [InlineData("fé")]
    public void A_letter_that_is_not_ascii_makes_it_no_root(string text) => Assert.Null(CidText.TryParse(text));

    [Fact]
    public void Forty_six_letters_are_a_root_just_when_they_decode_to_one()
    {
        var random = new Random(2);
        var roots = 0;
        for (var i = 0; i < 5000; i++)
        {
            // Around the bounds of what 0x12 and 0x20 may begin with, "QmN…" to "Qmd…", and with letters Base58 has not.
            var tail = random.GetItems<char>(i % 9 == 0 ? Letters + "0OIl é" : Letters, 44 - (i % 3));
            var text = "Qm" + new string('z', i % 3) + new string(tail);
            var buffer = new byte[64];
            var isRoot = System.Text.Ascii.IsValid(text) && Base58.Bitcoin.TryDecode(text, buffer, out var length) && length == 34 && buffer[0] == 0x12 && buffer[1] == 0x20;
            roots += isRoot ? 1 : 0;
            Assert.Equal(isRoot, CidText.TryParse(text) is not null);
        }

        Assert.InRange(roots, 1, 4999);
    }
}
