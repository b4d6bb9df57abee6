using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Cli.Flo;

/// <summary>The height a block says it has.</summary>
internal static class CoinbaseHeight
{
    private const int MaxHeightBytes = 4;
    private const byte Op1 = 0x51;

    /// <summary>From the list of known blocks, or from the coinbase (BIP 34) once the network demands it; null when unknown.</summary>
    public static int? Read(FloBlock block, FloNetwork network)
    {
        if (block.Hash == network.Genesis.Hash)
        {
            return 0;
        }

        foreach (var (known, hash) in network.Checkpoints)
        {
            if (hash == block.Hash)
            {
                return known;
            }
        }

        return block.Header.Version >= 2 && !block.Transactions.IsEmpty && ReadPush(block.Transactions[0]) is { } height && height >= network.Bip34Height
            ? height
            : null;
    }

    private static int? ReadPush(FloTransaction coinbase)
    {
        if (!coinbase.IsCoinbase || coinbase.Inputs[0].ScriptSig.Span is not [var first, .. var rest])
        {
            return null;
        }

        if (first is >= Op1 and < Op1 + 16)
        {
            return first - Op1 + 1;
        }

        if (first is 0 or > MaxHeightBytes || rest.Length < first)
        {
            return null;
        }

        var height = 0L;
        for (var i = first - 1; i >= 0; i--)
        {
            height = (height << 8) | rest[i];
        }

        return height <= int.MaxValue ? (int)height : null;
    }
}
