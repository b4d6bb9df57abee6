using System.Text.Json;

namespace Etdb.Ledger.Tests.Flo;

public sealed class KeyAndAddressTests
{
    private static readonly JsonElement Keys = Vectors.Read("keys_addresses.json");

    [Fact]
    public void Wif_keys_give_their_public_keys_and_addresses_and_round_trip()
    {
        foreach (var pair in Keys.GetProperty("wifAddressPairs").EnumerateArray())
        {
            var network = pair.Network();
            using var key = FloKey.FromWif(pair.Text("wif"), network);
            Assert.Equal(pair.GetProperty("compressed").GetBoolean(), key.Compressed);
            Assert.Equal(pair.Text("pubKeyHex"), Convert.ToHexStringLower(key.PublicKey));
            Assert.Equal(pair.Text("address"), key.Address(network).Text);
            Assert.Equal(pair.Text("wif"), key.ToWif(network));
            Assert.DoesNotContain(pair.Text("privKeyHex"), key.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Valid_base58_strings_decode_to_their_payload_on_their_network_only()
    {
        foreach (var entry in Keys.GetProperty("base58Valid").EnumerateArray())
        {
            var (text, meta) = (entry.Text("string"), entry.GetProperty("meta"));
            var (network, other) = meta.GetProperty("isTestnet").GetBoolean() ? (FloNetwork.Test, FloNetwork.Main) : (FloNetwork.Main, FloNetwork.Test);
            if (meta.GetProperty("isPrivkey").GetBoolean())
            {
                using var key = FloKey.FromWif(text, network);
                Assert.Equal(meta.GetProperty("isCompressed").GetBoolean(), key.Compressed);
                using var same = FloKey.FromSecret(entry.Hex("payloadHex"), key.Compressed);
                Assert.Equal(same.PublicKey, key.PublicKey);
                Assert.Throws<FormatException>(() => FloKey.FromWif(text, other));
                continue;
            }

            var address = FloAddress.Parse(text, network);
            Assert.Equal(entry.Text("payloadHex"), Convert.ToHexStringLower(address.Hash));
            Assert.Equal(meta.Text("addrType") == "pubkey" ? FloAddressKind.PublicKeyHash : FloAddressKind.ScriptHash, address.Kind);
            Assert.Equal(address, FloAddress.FromScript(address.ToScript(), network));
            Assert.False(FloAddress.TryParse(text, other, out _));
        }
    }

    [Fact]
    public void Invalid_strings_decode_on_no_network()
    {
        foreach (var text in Keys.GetProperty("base58Invalid").EnumerateArray().Concat(Keys.GetProperty("badAddress").EnumerateArray()).Select(e => e.GetString()!))
        {
            Assert.Null(FloAddress.ParseAny(text));
            foreach (var network in FloNetwork.All)
            {
                Assert.Throws<FormatException>(() => FloKey.FromWif(text, network));
            }
        }
    }

    [Fact]
    public void Script_addresses_are_read_in_both_forms_and_written_in_the_current_one()
    {
        var legacy = FloAddress.Parse("4bsKkyri7WQ4HMYc5tSKFQJDXnWGWbegcK", FloNetwork.Main);
        var current = FloAddress.Parse(legacy.Text, FloNetwork.Main);
        Assert.StartsWith("f", current.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(legacy, current);
    }

    [Fact]
    public void Bech32_addresses_round_trip_and_refuse_one_changed_character()
    {
        using var key = FloKey.FromSecret(Enumerable.Repeat((byte)7, 32).ToArray());
        var address = FloAddress.FromHash(FloAddressKind.WitnessPublicKeyHash, key.PublicKeyHash, FloNetwork.Main);
        Assert.StartsWith("flo1q", address.Text, StringComparison.Ordinal);
        Assert.Equal(address, FloAddress.Parse(address.Text.ToUpperInvariant(), FloNetwork.Main));
        var changed = address.Text[..^1] + (address.Text[^1] == 'q' ? 'p' : 'q');
        Assert.False(FloAddress.TryParse(changed, FloNetwork.Main, out _));
        Assert.False(FloAddress.TryParse(address.Text, FloNetwork.Test, out _));
    }

    /// <summary>The published example of BIP 173, under another prefix only in the text around it.</summary>
    [Fact]
    public void Bech32_agrees_with_the_published_example()
    {
        var program = Convert.FromHexString("751e76e8199196d454941c45d1b3a323f1433bd6");
        Assert.Equal("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Bech32.Encode("bc", program));
        Assert.Equal(program, Bech32.Decode("tb", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"));
    }
}
