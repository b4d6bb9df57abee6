using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>An output the publisher can spend, and how long a chain of unconfirmed transactions hangs on it.</summary>
/// <param name="OutPoint">Which output.</param>
/// <param name="Value">Satoshi.</param>
/// <param name="Script">Its locking script.</param>
/// <param name="Confirmations">0 when unconfirmed.</param>
/// <param name="Coinbase">A coinbase's output is spendable after 100 confirmations.</param>
/// <param name="UnconfirmedAncestors">Unconfirmed transactions it depends on, its own included; 0 when confirmed.</param>
/// <param name="UnconfirmedBytes">Virtual bytes of these.</param>
public sealed record WalletOutput(
    OutPoint OutPoint,
    long Value,
    ReadOnlyMemory<byte> Script,
    int Confirmations,
    bool Coinbase = false,
    int UnconfirmedAncestors = 0,
    long UnconfirmedBytes = 0)
{
    private const int CoinbaseMaturity = 100;

    /// <summary>False for a young coinbase.</summary>
    public bool IsMature => !Coinbase || Confirmations >= CoinbaseMaturity;

    /// <summary>What a node told; <paramref name="ancestors"/> and <paramref name="bytes"/> count for unconfirmed ones.</summary>
    public static WalletOutput FromNode(NodeUnspent unspent, int ancestors, long bytes) => new(
        unspent.OutPoint,
        unspent.Value,
        unspent.Script,
        unspent.Confirmations,
        unspent.Coinbase,
        unspent.Confirmations > 0 ? 0 : ancestors,
        unspent.Confirmations > 0 ? 0 : bytes);
}
