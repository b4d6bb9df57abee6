using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>Reads from a node what an address can spend and how long the chains on it are.</summary>
public static class WalletReader
{
    /// <summary>All unspent outputs of the address; unconfirmed ones with the length of their chain, as the node's mempool counts it.</summary>
    public static async Task<IReadOnlyList<WalletOutput>> ReadAsync(FloRpcClient node, FloAddress address, CancellationToken cancellationToken)
    {
        var unspent = await node.ListUnspentAsync(address, cancellationToken).ConfigureAwait(false);
        var waiting = unspent.Where(u => u.Confirmations == 0).Select(u => u.OutPoint.Txid).Distinct().ToList();
        var calls = waiting.Select(txid => new RpcCall("getmempoolentry", new JsonArray(txid.ToString()))).ToList();
        var answers = await node.ReadBatchAsync(calls, cancellationToken).ConfigureAwait(false);
        var chains = waiting.Zip(answers).ToDictionary(p => p.First, p => ReadChain(p.Second));
        return [.. unspent.Select(u => chains.TryGetValue(u.OutPoint.Txid, out var chain)
            ? WalletOutput.FromNode(u, chain.Count, chain.Bytes)
            : WalletOutput.FromNode(u, 0, 0))];
    }

    /// <summary>A node that does not count (fcoin, or the transaction has just been mined) is taken for a chain of one.</summary>
    private static (int Count, long Bytes) ReadChain(RpcAnswer answer) =>
        answer.Succeeded && answer.Result.ValueKind == JsonValueKind.Object
        && answer.Result.TryGetProperty("ancestorcount", out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var n)
        && answer.Result.TryGetProperty("ancestorsize", out var size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var bytes)
            ? (n, bytes)
            : (1, 0);
}
