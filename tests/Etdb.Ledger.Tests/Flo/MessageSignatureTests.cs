using System.Text.Json;

namespace Etdb.Ledger.Tests.Flo;

public sealed class MessageSignatureTests
{
    private static readonly JsonElement Set = Vectors.Read("message_signatures.json");

    [Fact]
    public void Vectors_are_judged_as_stated_and_malformed_is_told_from_wrong()
    {
        foreach (var vector in Set.GetProperty("vectors").EnumerateArray().Where(v => v.Text("coin") == "Florincoin"))
        {
            var address = FloAddress.ParseAny(vector.Text("address"))!;
            var verdict = MessageVerifier.Verify(address.Text, vector.Text("signatureBase64"), vector.Text("message"), address.Network);
            var malformed = vector.GetProperty("recovered").TryGetProperty("error", out _);
            var expected = vector.GetProperty("expectedValid").GetBoolean() ? MessageVerdict.Valid
                : malformed ? MessageVerdict.MalformedSignature : MessageVerdict.Wrong;
            Assert.Equal(expected, verdict);
        }
    }

    [Fact]
    public void Signing_is_deterministic_and_reproduces_the_vectors()
    {
        foreach (var vector in Set.GetProperty("deterministicSigning").GetProperty("vectors").EnumerateArray())
        {
            var address = FloAddress.ParseAny(vector.Text("address"))!;
            using var key = FloKey.FromWif(vector.Text("wif"), address.Network);
            Assert.Equal(vector.WireHash("digestHex"), MessageSignature.Digest(vector.Text("message")));
            Assert.Equal(vector.Text("signatureRfc6979LowS"), MessageSigner.Sign(key, vector.Text("message")));
        }
    }

    [Fact]
    public void Digest_signatures_agree_with_the_reference_client()
    {
        foreach (var vector in Set.GetProperty("coreDigestVectors").EnumerateArray())
        {
            using var key = FloKey.FromWif(vector.Text("wifUncompressed"), FloNetwork.Main);
            var (compact, recovery) = key.Sign(vector.Hex("digestHex"));
            Assert.Equal(vector.Text("derSig"), Convert.ToHexStringLower(EcdsaSignature.ToDer(compact)));
            Assert.Equal(vector.Text("compactUncompressedKey"), Convert.ToHexStringLower([(byte)(27 + recovery), .. compact]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64 at all")]
    [InlineData("IMjnGVBNW4kvoSITwijwYkrguszkyMQ08TBNu9wvRiVZB3f+L8Me1gkkK30LT9EO2xyMj0lFHORkSi/zM3cOTF0=\n")]
    [InlineData("J8jnGVBNW4kvoSITwijwYkrguszkyMQ08TBNu9wvRiVZB3f+L8Me1gkkK30LT9EO2xyMj0lFHORkSi/zM3cOTF0=")]
    [InlineData("IAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void Malformed_signatures_are_named_so(string signature) =>
        Assert.Equal(
            MessageVerdict.MalformedSignature,
            MessageVerifier.Verify("FDxa2dUXPw592svsebdHfGRHxB46DKWVUy", signature, "Flo signed message test", FloNetwork.Main));

    [Fact]
    public void Address_of_another_network_is_malformed() =>
        Assert.Equal(MessageVerdict.MalformedAddress, MessageVerifier.Verify("FDxa2dUXPw592svsebdHfGRHxB46DKWVUy", string.Empty, "x", FloNetwork.Test));
}
