using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Flo.Rpc;

// What an address can spend. flod answers listunspent when its wallet watches the address, the development chain always. fcoin's node has no wallet methods, but
// lists an address' transactions over plain HTTP when it keeps an index of them (--index-address): what they pay to it and none of them spends is unspent.
public sealed partial class FloRpcClient
{
    private const int MethodNotFound = -32601;

    /// <summary>Transactions of one page: the most fcoin gives.</summary>
    private const int PageEntries = 100;

    /// <summary>Pages read of one address: 20,000 transactions.</summary>
    private const int MaxPages = 200;

    /// <summary>Unspent outputs of an address, unconfirmed ones included. flod must watch the address (<c>importaddress</c>); the development chain knows all; fcoin needs its address index.</summary>
    public async Task<IReadOnlyList<NodeUnspent>> ListUnspentAsync(FloAddress address, CancellationToken cancellationToken)
    {
        var call = new RpcCall("listunspent", new JsonArray(0, 9_999_999, new JsonArray(address.Text)));
        var answer = (await ReadBatchAsync([call], cancellationToken).ConfigureAwait(false))[0];
        if (answer.ErrorCode == MethodNotFound)
        {
            return await ListCoinsAsync(address, cancellationToken).ConfigureAwait(false);
        }

        var result = Result(call, answer);
        return Read<IReadOnlyList<NodeUnspent>>(call.Method, () => [.. result.EnumerateArray().Select(ReadUnspent)]);
    }

    /// <summary>By fcoin's <c>GET /tx/address/ADDRESS</c>, page by page: each entry has the transaction in hex and its confirmations, 0 in the mempool.</summary>
    private async Task<IReadOnlyList<NodeUnspent>> ListCoinsAsync(FloAddress address, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Hash256, (FloTransaction Transaction, int Confirmations)>();
        var after = "";
        for (var page = 0; page < MaxPages; page++)
        {
            var entries = await _transport.GetAsync($"tx/address/{address.Text}?limit={PageEntries}{after}", cancellationToken).ConfigureAwait(false);
            var before = known.Count;
            Hash256? last = null;
            foreach (var entry in Read("tx/address", () => entries.EnumerateArray().Select(ReadEntry).ToList()))
            {
                known[entry.Transaction.Txid] = entry;
                last = entry.Transaction.Txid;
            }

            if (known.Count - before < PageEntries)
            {
                return Unspent(known.Values, address.ToScript());
            }

            after = $"&after={last}";
        }

        throw new FloNodeException(FloNodeFailure.Refused, $"{Endpoint} lists more than {MaxPages * PageEntries} transactions of {address}; use a node whose wallet watches the address.");
    }

    private static (FloTransaction Transaction, int Confirmations) ReadEntry(JsonElement entry) =>
        (FloTransaction.Parse(HexField(entry)), Math.Max(0, entry.GetProperty("confirmations").GetInt32()));

    private static List<NodeUnspent> Unspent(IReadOnlyCollection<(FloTransaction Transaction, int Confirmations)> known, byte[] script)
    {
        var spent = known.SelectMany(k => k.Transaction.Inputs).Select(i => i.Previous).ToHashSet();
        return
        [
            .. known.SelectMany(k => k.Transaction.Outputs.Select((output, i) => new NodeUnspent(
                    new OutPoint(k.Transaction.Txid, (uint)i), output.Value, output.Script, k.Confirmations, k.Transaction.IsCoinbase)))
                .Where(u => u.Script.Span.SequenceEqual(script) && !spent.Contains(u.OutPoint)),
        ];
    }

    private static NodeUnspent ReadUnspent(JsonElement entry) => new(
        new OutPoint(Hash256.Parse(entry.GetProperty("txid").GetString()!), entry.GetProperty("vout").GetUInt32()),
        Money.FromFlo(entry.GetProperty("amount").GetDecimal()),
        Convert.FromHexString(entry.GetProperty("scriptPubKey").GetString()!),
        entry.GetProperty("confirmations").GetInt32(),
        entry.TryGetProperty("coinbase", out var coinbase) && coinbase.ValueKind == JsonValueKind.True);
}
