using System.Text.Json;

namespace Etdb.Ledger.Tests.Flo;

public sealed class ChainTests
{
    private static readonly JsonElement Chain = Vectors.Read("chain.json");

    [Theory]
    [InlineData("main", "main")]
    [InlineData("testnet", "test")]
    [InlineData("regtest", "regtest")]
    public void Genesis_blocks_are_the_real_ones(string key, string name)
    {
        var expected = Chain.GetProperty("genesis").GetProperty(key);
        var network = FloNetwork.Find(name)!;
        var genesis = network.Genesis;
        Assert.Equal(expected.Text("rawBlockHex"), genesis.ToHex());
        Assert.Equal(expected.Text("blockId"), genesis.Hash.ToString());
        Assert.Equal(expected.Text("scryptPowHash"), genesis.Header.ComputePowHash().ToString());
        Assert.Equal(expected.Text("merkleRoot"), genesis.ComputeMerkleRoot().ToString());
        Assert.Equal(expected.Text("coinbaseFloData"), genesis.Transactions[0].FloDataText());
        Assert.Equal(expected.Text("target"), CompactTarget.Decode(genesis.Header.Bits).ToString());
        Assert.Equal(expected.GetProperty("subsidySat").GetInt64(), network.Subsidy(0));
        Assert.Equal(BlockFault.None, BlockCheck.Check(genesis, network));
    }

    [Theory]
    [InlineData("main", "main")]
    [InlineData("testnet", "test")]
    [InlineData("regtest", "regtest")]
    public void Network_parameters_agree_with_the_sources(string key, string name)
    {
        var expected = Chain.GetProperty("networks").GetProperty(key);
        var network = FloNetwork.Find(name)!;
        Assert.Equal(expected.Text("magicBytes"), network.MagicBigEndian.ToString("x8"));
        Assert.Equal(expected.GetProperty("p2pPort").GetInt32(), network.PeerPort);
        Assert.Equal(expected.GetProperty("rpcPort").GetInt32(), network.RpcPort);
        Assert.Equal(expected.GetProperty("p2pkh").GetInt32(), network.PublicKeyHashVersion);
        Assert.Equal(expected.GetProperty("p2sh").EnumerateArray().Select(v => v.GetByte()), network.ScriptHashVersions);
        Assert.Equal(expected.GetProperty("wif").EnumerateArray().Select(v => v.GetByte()), network.WifVersions);
        Assert.Equal(expected.Text("xpub"), network.ExtendedPublicVersion.ToString("x8"));
        Assert.Equal(expected.Text("xprv"), network.ExtendedSecretVersion.ToString("x8"));
        Assert.Equal(expected.GetProperty("slip44").GetInt32(), network.CoinType);
        Assert.Equal(expected.GetProperty("halving").GetInt32(), network.HalvingBlocks);
        Assert.Equal(expected.GetProperty("noLargeReorg").GetInt32(), network.LargestReorganisation);
        if (expected.TryGetProperty("powLimit", out var limit))
        {
            Assert.Equal(limit.GetString(), network.PowLimit.ToString());
        }

        if (expected.TryGetProperty("diffV2Height", out var v2))
        {
            Assert.Equal(v2.GetInt32(), network.DifficultyV2Height);
            Assert.Equal(expected.GetProperty("diffV3Height").GetInt32(), network.DifficultyV3Height);
        }
    }

    [Fact]
    public void Work_hashes_of_known_headers_agree()
    {
        foreach (var vector in Chain.GetProperty("scryptVectors").EnumerateArray())
        {
            var header = FloBlockHeader.Parse(vector.Hex("headerHex"));
            Assert.Equal(vector.Text("scryptHash"), header.ComputePowHash().ToString());
            Assert.Equal(vector.Text("sha256dBlockId"), header.Hash.ToString());
        }
    }

    [Fact]
    public void Published_difficulty_cases_come_out_bit_for_bit()
    {
        foreach (var vector in Chain.GetProperty("difficulty").GetProperty("vectors").EnumerateArray())
        {
            var rule = DifficultyRule.At(vector.GetProperty("lastHeight").GetInt32() + 1, FloNetwork.Main);
            var bits = rule.Next(
                Convert.ToUInt32(vector.Text("lastBits"), 16),
                vector.GetProperty("lastTime").GetUInt32(),
                vector.GetProperty("firstBlockTime").GetUInt32(),
                FloNetwork.Main.PowLimit);
            Assert.Equal(vector.Text("expectedNextBits"), "0x" + bits.ToString("x8"));
        }
    }

    [Fact]
    public void Checkpoints_are_complete()
    {
        foreach (var (key, network) in new[] { ("checkpointsMain", FloNetwork.Main), ("checkpointsTestnet", FloNetwork.Test) })
        {
            var expected = Chain.GetProperty(key).EnumerateObject().ToDictionary(p => int.Parse(p.Name), p => Hash256.Parse(p.Value.GetString()!));
            Assert.Equal(expected.OrderBy(p => p.Key), network.Checkpoints.OrderBy(p => p.Key));
        }
    }

    [Fact]
    public void Development_chain_says_what_it_is_and_is_valid()
    {
        var genesis = FloNetwork.Development.Genesis;
        Assert.Contains("for development", genesis.Transactions[0].FloDataText(), StringComparison.Ordinal);
        Assert.Equal(BlockFault.None, BlockCheck.Check(genesis, FloNetwork.Development));
        Assert.DoesNotContain(FloNetwork.All, n => n != FloNetwork.Development && n.Genesis.Hash == genesis.Hash);
    }
}
