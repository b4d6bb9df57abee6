using Etdb.Ledger.DevChain;
using Etdb.Ledger.Flo.Keys;

namespace Etdb.Ledger.Tests.Conformance;

/// <summary>Facts of section 1 (FLO) that no vector holds: constants, schedules, prefixes.</summary>
public sealed class FloSectionTests
{
    private const long Flo = 100_000_000;

    private static readonly FloKey Key = FloKey.FromSecret([.. Enumerable.Repeat((byte)9, 32)]);

    [Fact]
    public void Subsidy_halves_every_800000_blocks_and_never_comes_to_more_than_160_million()
    {
        Assert.Equal((100 * Flo, 100 * Flo, 50 * Flo), (FloNetwork.Main.Subsidy(0), FloNetwork.Main.Subsidy(799_999), FloNetwork.Main.Subsidy(800_000)));
        Assert.Equal((100 * Flo, 50 * Flo), (FloNetwork.Regtest.Subsidy(149), FloNetwork.Regtest.Subsidy(150)));
        var total = Enumerable.Range(0, 70).Sum(era => 800_000 * FloNetwork.Main.Subsidy(era * 800_000));
        Assert.InRange(total, (160_000_000 * Flo) - (800_000L * 64), 160_000_000 * Flo);
        Assert.Equal(0, FloNetwork.Main.Subsidy(int.MaxValue));
    }

    [Fact]
    public void Soft_forks_have_their_heights()
    {
        Assert.All([FloNetwork.Main.Bip34Height, FloNetwork.Main.Bip65Height, FloNetwork.Main.Bip66Height], h => Assert.Equal(1_679_161, h));
        Assert.All([FloNetwork.Test.Bip34Height, FloNetwork.Test.Bip65Height, FloNetwork.Test.Bip66Height], h => Assert.Equal(33_600, h));
        Assert.Equal((1351, 1251), (FloNetwork.Regtest.Bip65Height, FloNetwork.Regtest.Bip66Height));
        Assert.True(FloNetwork.Regtest.Bip34Height > 10_000_000, "never");
        Assert.Equal((100, 50, 10), (FloNetwork.Main.LargestReorganisation, FloNetwork.Test.LargestReorganisation, FloNetwork.Regtest.LargestReorganisation));
    }

    [Theory]
    [InlineData("main", "F", "ef", "flo1q", "Fpub", "Fprv")]
    [InlineData("test", "o", "Q", "tflo1q", "Fput", "Fprt")]
    [InlineData("regtest", "o", "Q", "rflo1q", "tpub", "tprv")]
    public void Addresses_and_extended_keys_begin_as_each_network_has_it(string name, string keyHash, string scriptHashes, string witness, string extended, string secret)
    {
        var network = FloNetwork.Find(name)!;
        Assert.StartsWith(keyHash, Key.Address(network).Text, StringComparison.Ordinal);
        Assert.Contains(FloAddress.FromHash(FloAddressKind.ScriptHash, Key.PublicKeyHash, network).Text[0], scriptHashes);
        Assert.StartsWith(witness, FloAddress.FromHash(FloAddressKind.WitnessPublicKeyHash, Key.PublicKeyHash, network).Text, StringComparison.Ordinal);
        using var master = ExtendedKey.FromSeed([.. Enumerable.Repeat((byte)0xdd, 32)]);
        Assert.StartsWith(extended, master.ToPublicText(network), StringComparison.Ordinal);
        Assert.StartsWith(secret, master.ToSecretText(network), StringComparison.Ordinal);
    }

    [Fact]
    public void Mempool_policy_is_FLOs()
    {
        var limits = new MempoolLimits();
        Assert.Equal((1040, 1000L, 3000L, Flo / 10), (limits.FloDataBytes, limits.RelayFeePerKilobyte, limits.DustFeePerKilobyte, limits.AbsurdFee));
        Assert.Equal((1250, 1250, 1_750_000L, TimeSpan.FromHours(336)), (limits.Ancestors, limits.Descendants, limits.FamilyBytes, limits.Expiry));
        Assert.Equal((1040, 528), (FloTransaction.MaxRelayedFloData, FloTransaction.MaxRelayedFloDataBefore015));
    }
}
