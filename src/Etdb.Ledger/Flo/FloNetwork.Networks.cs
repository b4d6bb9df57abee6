namespace Etdb.Ledger.Flo;

public sealed partial class FloNetwork
{
    /// <summary>Count and only transaction of every FLO genesis block, with the floData "text:Florincoin genesis block".</summary>
    private const string GenesisTransaction =
        "0102000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4904ffff001d010441536c617368646f7420" +
        "2d203137204a756e652032303133202d205361756469204172616269612053657420546f2042616e2057686174734170702c20536b797065ffffffff" +
        "0100e40b54020000004341040184710fa689ad5023690c80f3a49c8f13f8d45b8c857fbcbc8bc4a8e4d3eb4b10f4d4604fa08dce601aaf0f470216fe" +
        "1b51850b4acf21b179c45070ac7b03a9ac000000001d746578743a466c6f72696e636f696e2067656e6573697320626c6f636b";

    /// <summary>The FLO main network.</summary>
    public static FloNetwork Main { get; } = new(
        "01000000000000000000000000000000000000000000000000000000000000000000000000232baba7291c9d844bb24867aafe453ea7e290685612552d595adc8d0c0f738c40bf51f0ff0f1ea4819c3b" + GenesisTransaction)
    {
        Name = "main",
        ChainName = "main",
        MagicBigEndian = 0xfdc0a5f1,
        PeerPort = 7312,
        RpcPort = 7313,
        PublicKeyHashVersion = 35,
        ScriptHashVersions = [94, 8],
        WifVersions = [163, 176],
        ExtendedPublicVersion = 0x0134406b,
        ExtendedSecretVersion = 0x01343c31,
        Bech32Prefix = "flo",
        CoinType = 216,
        PowLimit = UInt256.ParseHex("00000fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
        Checkpoints = Consensus.Checkpoints.Main,
        DifficultyV2Height = 208_440,
        DifficultyV3Height = 426_000,
        HalvingBlocks = 800_000,
        Bip34Height = 1_679_161,
        Bip65Height = 1_679_161,
        Bip66Height = 1_679_161,
        LargestReorganisation = 100,
    };

    /// <summary>The public test network.</summary>
    public static FloNetwork Test { get; } = new(
        "01000000000000000000000000000000000000000000000000000000000000000000000000232baba7291c9d844bb24867aafe453ea7e290685612552d595adc8d0c0f738db5bd51f0ff0f1e43a6a33b" + GenesisTransaction)
    {
        Name = "test",
        ChainName = "test",
        MagicBigEndian = 0xfdc05af2,
        PeerPort = 17312,
        RpcPort = 17313,
        PublicKeyHashVersion = 115,
        ScriptHashVersions = [58, 198],
        WifVersions = [239],
        ExtendedPublicVersion = 0x013440e2,
        ExtendedSecretVersion = 0x01343c23,
        Bech32Prefix = "tflo",
        CoinType = 1,
        PowLimit = UInt256.ParseHex("00000fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
        AllowsMinimumDifficulty = true,
        Checkpoints = Consensus.Checkpoints.Test,
        DifficultyV2Height = 50_000,
        DifficultyV3Height = 60_000,
        HalvingBlocks = 800_000,
        Bip34Height = 33_600,
        Bip65Height = 33_600,
        Bip66Height = 33_600,
        LargestReorganisation = 50,
    };

    /// <summary>The regression test network of flod and fcoin.</summary>
    public static FloNetwork Regtest { get; } = new(
        "01000000000000000000000000000000000000000000000000000000000000000000000000232baba7291c9d844bb24867aafe453ea7e290685612552d595adc8d0c0f738db5bd51ffff7f2000000000" + GenesisTransaction)
    {
        Name = "regtest",
        ChainName = "regtest",
        MagicBigEndian = 0xfabfb5da,
        PeerPort = 17412,
        RpcPort = 17413,
        PublicKeyHashVersion = 115,
        ScriptHashVersions = [58, 198],
        WifVersions = [239],
        ExtendedPublicVersion = 0x043587cf,
        ExtendedSecretVersion = 0x04358394,
        Bech32Prefix = "rflo",
        CoinType = 1,
        PowLimit = UInt256.ParseHex("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
        NoRetarget = true,
        AllowsMinimumDifficulty = true,
        DifficultyV2Height = int.MaxValue,
        DifficultyV3Height = int.MaxValue,
        HalvingBlocks = 150,
        Bip34Height = int.MaxValue,
        Bip65Height = 1351,
        Bip66Height = 1251,
        LargestReorganisation = 10,
    };

    /// <summary>Our own development chain: regtest's rules and addresses, but a genesis block and a name that say what it is.</summary>
    public static FloNetwork Development { get; } = new(DevelopmentGenesis())
    {
        Name = "development",
        ChainName = "etdb-development",
        MagicBigEndian = 0xe7dbdec0,
        PeerPort = 17512,
        RpcPort = 17513,
        PublicKeyHashVersion = Regtest.PublicKeyHashVersion,
        ScriptHashVersions = Regtest.ScriptHashVersions,
        WifVersions = Regtest.WifVersions,
        ExtendedPublicVersion = Regtest.ExtendedPublicVersion,
        ExtendedSecretVersion = Regtest.ExtendedSecretVersion,
        Bech32Prefix = Regtest.Bech32Prefix,
        CoinType = Regtest.CoinType,
        PowLimit = Regtest.PowLimit,
        NoRetarget = true,
        AllowsMinimumDifficulty = true,
        DifficultyV2Height = int.MaxValue,
        DifficultyV3Height = int.MaxValue,
        HalvingBlocks = 800_000,
        Bip34Height = 1,
        Bip65Height = 1,
        Bip66Height = 1,
        LargestReorganisation = Regtest.LargestReorganisation,
    };

    /// <summary>Two minutes into 2026, a nonce whose work meets regtest's limit, an output nobody can spend.</summary>
    private static string DevelopmentGenesis()
    {
        var coinbase = FloTransaction.Create(
            version: 2,
            [new TransactionInput(OutPoint.None, FloScript.Push("Etdb.Orleans development chain"u8), uint.MaxValue)],
            [new TransactionOutput(0, new byte[] { FloScript.OpReturn })],
            lockTime: 0,
            "text:This chain is for development. Its coins have no value; it is not the FLO block chain."u8.ToArray());
        var header = new FloBlockHeader(version: 1, Hash256.Zero, coinbase.Txid, time: 1_767_225_720, bits: 0x207fffff, nonce: 1);
        return FloBlock.Create(header, [coinbase]).ToHex();
    }
}
