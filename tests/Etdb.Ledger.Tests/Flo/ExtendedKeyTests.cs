using Etdb.Ledger.Flo.Keys;

namespace Etdb.Ledger.Tests.Flo;

public sealed class ExtendedKeyTests
{
    [Fact]
    public void Publisher_account_of_the_proposal_is_reproduced_by_secret_and_by_public_derivation()
    {
        var vector = Vectors.Read("keys_addresses.json").GetProperty("bip44");
        using var master = ExtendedKey.FromSeed(vector.Hex("seedHex"));
        Assert.Equal(vector.Text("path"), PublisherPath.Account(FloNetwork.Main, PublisherPath.PublisherAccount));
        using var account = master.DerivePath(vector.Text("path"));
        Assert.Equal(vector.Text("accountXpub"), account.ToPublicText(FloNetwork.Main));
        using var watching = ExtendedKey.Parse(vector.Text("accountXpub"), FloNetwork.Main);
        using var external = watching.Derive(0);
        Assert.Equal(vector.Text("externalChainXpub"), external.ToPublicText(FloNetwork.Main));
        foreach (var (i, address) in vector.GetProperty("addresses").EnumerateArray().Index())
        {
            using var secret = master.DerivePath(PublisherPath.Address(FloNetwork.Main, 1, i));
            using var key = secret.ToKey();
            Assert.Equal(address.GetString(), key.Address(FloNetwork.Main).Text);
            using var open = external.Derive((uint)i);
            Assert.Equal(address.GetString(), open.Address(FloNetwork.Main).Text);
        }
    }

    /// <summary>Test vector 1 of BIP 32, read through regtest, whose version bytes are Bitcoin testnet's; only the payload behind them is compared.</summary>
    [Fact]
    public void Chain_m_0h_1_of_the_standard_is_reproduced()
    {
        using var master = ExtendedKey.FromSeed(Convert.FromHexString("000102030405060708090a0b0c0d0e0f"));
        using var child = master.DerivePath("m/0'/1");
        using var key = child.ToKey();
        Assert.Equal("03501e454bf00751f24b1b489aa925215d66af2234e3891c3b21a52bedb3cd711c", Convert.ToHexStringLower(key.PublicKey));
        using var again = ExtendedKey.Parse(child.ToSecretText(FloNetwork.Regtest), FloNetwork.Regtest);
        Assert.Equal(child.ToPublicText(FloNetwork.Regtest), again.ToPublicText(FloNetwork.Regtest));
        Assert.Equal(2, again.Depth);
    }

    [Fact]
    public void What_cannot_be_derived_or_read_is_refused()
    {
        using var master = ExtendedKey.FromSeed(new byte[32]);
        using var watching = ExtendedKey.Parse(master.ToPublicText(FloNetwork.Main), FloNetwork.Main);
        Assert.Throws<InvalidOperationException>(() => watching.Derive(ExtendedKey.Hardened));
        Assert.Throws<InvalidOperationException>(() => watching.ToKey());
        Assert.Throws<FormatException>(() => ExtendedKey.Parse(master.ToPublicText(FloNetwork.Main), FloNetwork.Test));
        Assert.Throws<FormatException>(() => ExtendedKey.FromSeed(new byte[15]));
        foreach (var path in new[] { "", "44'", "m/x", "m/-1", "m/2147483648", "m//1" })
        {
            Assert.Throws<FormatException>(() => master.DerivePath(path));
        }
    }
}
