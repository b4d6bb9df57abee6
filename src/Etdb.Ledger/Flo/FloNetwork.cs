using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Etdb.Ledger.Flo;

/// <summary>
/// Everything that differs between FLO's networks, as data (flo <c>chainparams.cpp</c>, fcoin <c>networks.js</c>). No code asks which network it is on;
/// it reads a value here.
/// </summary>
public sealed partial class FloNetwork
{
    private readonly Lazy<FloBlock> _genesis;

    private FloNetwork(string genesisHex) => _genesis = new Lazy<FloBlock>(() => FloBlock.ParseHex(genesisHex));

    /// <summary>All networks, main first.</summary>
    public static ImmutableArray<FloNetwork> All => [Main, Test, Regtest, Development];

    /// <summary><c>main</c>, <c>test</c>, <c>regtest</c> or <c>development</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What a node answers as <c>chain</c> in <c>getblockchaininfo</c>.</summary>
    public required string ChainName { get; init; }

    /// <summary>First four bytes of a message on the wire.</summary>
    public required uint MagicBigEndian { get; init; }

    public required int PeerPort { get; init; }

    public required int RpcPort { get; init; }

    /// <summary>Base58 version of P2PKH addresses.</summary>
    public required byte PublicKeyHashVersion { get; init; }

    /// <summary>Base58 versions of P2SH addresses; the first is written, all are read.</summary>
    public required ImmutableArray<byte> ScriptHashVersions { get; init; }

    /// <summary>Base58 versions of WIF keys; the first is written, all are read.</summary>
    public required ImmutableArray<byte> WifVersions { get; init; }

    /// <summary>BIP 32 version of extended public keys.</summary>
    public required uint ExtendedPublicVersion { get; init; }

    /// <summary>BIP 32 version of extended secret keys.</summary>
    public required uint ExtendedSecretVersion { get; init; }

    /// <summary>Human-readable part of bech32 addresses (fcoin's; the C++ node has none).</summary>
    public required string Bech32Prefix { get; init; }

    /// <summary>SLIP-44 coin type.</summary>
    public required int CoinType { get; init; }

    /// <summary>Easiest target.</summary>
    public required UInt256 PowLimit { get; init; }

    /// <summary>True when every block keeps its parent's bits.</summary>
    public bool NoRetarget { get; init; }

    /// <summary>True when a block after a gap may have the lowest difficulty.</summary>
    public bool AllowsMinimumDifficulty { get; init; }

    /// <summary>First height of the second difficulty rule.</summary>
    public required int DifficultyV2Height { get; init; }

    /// <summary>First height of the third difficulty rule.</summary>
    public required int DifficultyV3Height { get; init; }

    /// <summary>Blocks between halvings of the 100 FLO subsidy.</summary>
    public required int HalvingBlocks { get; init; }

    /// <summary>From this height a coinbase names its height (BIP 34).</summary>
    public required int Bip34Height { get; init; }

    /// <summary>From this height block versions are at least 4 (BIP 65).</summary>
    public required int Bip65Height { get; init; }

    /// <summary>From this height signatures are strict DER (BIP 66).</summary>
    public required int Bip66Height { get; init; }

    /// <summary>A node past its first download refuses a branch that would disconnect this many blocks; the depth at which a record is final.</summary>
    public required int LargestReorganisation { get; init; }

    /// <summary>Known blocks by height.</summary>
    public FrozenDictionary<int, Hash256> Checkpoints { get; init; } = FrozenDictionary<int, Hash256>.Empty;

    /// <summary>The first block.</summary>
    public FloBlock Genesis => _genesis.Value;

    /// <summary>The network of a name, any case; also <c>mainnet</c> and <c>testnet</c>. Null when unknown.</summary>
    public static FloNetwork? Find(string name) => name.ToLowerInvariant() switch
    {
        "mainnet" => Main,
        "testnet" => Test,
        var lower => All.FirstOrDefault(n => n.Name == lower),
    };

    /// <summary>Satoshi a block's miner may create at a height, fees aside.</summary>
    public long Subsidy(int height)
    {
        var halvings = height / HalvingBlocks;
        return halvings < 64 ? Money.Coin * 100 >> halvings : 0;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
