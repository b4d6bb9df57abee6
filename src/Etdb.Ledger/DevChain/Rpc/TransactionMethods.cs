using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>Methods on transactions, outputs and the mempool.</summary>
internal sealed class TransactionMethods(DevelopmentChain chain)
{
    public void AddTo(RpcMethodTable table)
    {
        table.Add("getrawtransaction", "txid verbose blockhash", Get);
        table.Add("decoderawtransaction", "hexstring", a => JsonShapes.Transaction(a.Transaction(0), chain.Network));
        table.Add("createrawtransaction", "inputs outputs locktime replaceable floData", Create);
        table.Add("sendrawtransaction", "hexstring allowhighfees", Send);
        table.Add("testmempoolaccept", "rawtxs allowhighfees", Test);
        table.Add("getrawmempool", "verbose", Mempool);
        table.Add("getmempoolentry", "txid", a => Entry(FindEntry(a)));
        table.Add("getmempoolinfo", string.Empty, _ => MempoolInfo());
        table.Add("listunspent", "minconf maxconf addresses", ListUnspent);
        table.Add("scantxoutset", "action scanobjects", Scan);
    }

    private JsonNode? Get(RpcArguments arguments)
    {
        var located = chain.FindTransaction(arguments.Hash(0, "txid"))
            ?? throw new RpcError(RpcError.NotFound, "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.");
        return arguments.Flag(1, "verbose", false) ? JsonShapes.Located(located, chain.Network) : located.Transaction.ToHex();
    }

    private JsonNode Create(RpcArguments arguments)
    {
        var lockTime = (uint)arguments.Number(2, "locktime", 0);
        var sequence = arguments.Flag(3, "replaceable", false) ? 0xfffffffd : lockTime > 0 ? 0xfffffffe : uint.MaxValue;
        var floData = arguments.Comment(4);
        if (floData.Length > chain.Limits.FloDataBytes)
        {
            throw new RpcError(RpcError.InvalidParameter, "Flo data too long");
        }

        var inputs = Array(arguments.Element(0, "inputs"), "inputs").Select(i => ReadInput(i, sequence)).ToList();
        var outputs = ReadOutputs(arguments.Element(1, "outputs"));
        try
        {
            return FloTransaction.Create(FloTransaction.FirstVersionWithFloData, inputs, outputs, lockTime, floData).ToHex();
        }
        catch (ArgumentException e)
        {
            throw new RpcError(RpcError.InvalidParameter, e.Message);
        }
    }

    private JsonNode Send(RpcArguments arguments)
    {
        var transaction = arguments.Transaction(0);
        if (transaction.FloData.Length > chain.Limits.FloDataBytes)
        {
            throw new RpcError(RpcError.Verify, "Flo Data too large");
        }

        var result = chain.Submit(transaction, arguments.Flag(1, "allowhighfees", false));
        return result.Outcome switch
        {
            TransactionOutcome.Accepted => transaction.Txid.ToString(),
            TransactionOutcome.AlreadyMined => throw new RpcError(RpcError.AlreadyInChain, result.Reason!),
            TransactionOutcome.MissingInputs => throw new RpcError(RpcError.Verify, result.Reason!),
            _ => throw new RpcError(RpcError.VerifyRejected, $"{result.RejectCode}: {result.Reason}"),
        };
    }

    private JsonArray Test(RpcArguments arguments)
    {
        var answers = new JsonArray();
        foreach (var element in Array(arguments.Element(0, "rawtxs"), "rawtxs"))
        {
            var transaction = new RpcArguments(JsonSerializer.SerializeToElement(new[] { element }), []).Transaction(0);
            var result = chain.Test(transaction);
            var answer = new JsonObject { ["txid"] = transaction.Txid.ToString(), ["allowed"] = result.IsAccepted };
            if (!result.IsAccepted)
            {
                answer["reject-reason"] = $"{result.RejectCode}: {result.Reason}";
            }

            answers.Add((JsonNode)answer);
        }

        return answers;
    }

    private JsonNode Mempool(RpcArguments arguments)
    {
        var entries = chain.ListMempool();
        return arguments.Flag(0, "verbose", false)
            ? new JsonObject(entries.Select(e => KeyValuePair.Create(e.Transaction.Txid.ToString(), (JsonNode?)Entry(e))))
            : new JsonArray([.. entries.Select(e => JsonValue.Create(e.Transaction.Txid.ToString()))]);
    }

    private JsonObject Entry(MempoolEntry entry) => new()
    {
        ["size"] = entry.Transaction.VirtualSize,
        ["fee"] = JsonShapes.Flo(entry.Fee),
        ["modifiedfee"] = JsonShapes.Flo(entry.Fee),
        ["time"] = entry.Time.ToUnixTimeSeconds(),
        ["height"] = entry.Height,
        ["ancestorcount"] = entry.AncestorCount,
        ["ancestorsize"] = entry.AncestorBytes,
        ["descendantcount"] = entry.DescendantCount,
        ["descendantsize"] = entry.DescendantBytes,
        ["depends"] = new JsonArray([.. chain.MempoolParents(entry.Transaction.Txid).Select(p => JsonValue.Create(p.ToString()))]),
    };

    private JsonObject MempoolInfo() => new()
    {
        ["size"] = chain.MempoolCount,
        ["bytes"] = chain.MempoolBytes,
        ["usage"] = chain.MempoolBytes,
        ["maxmempool"] = chain.Limits.TotalBytes,
        ["mempoolminfee"] = JsonShapes.Flo(chain.Limits.RelayFeePerKilobyte),
    };

    /// <summary>The chain watches every address, so the addresses must be named.</summary>
    private JsonArray ListUnspent(RpcArguments arguments)
    {
        var least = arguments.Number(0, "minconf", 1);
        var most = arguments.Number(1, "maxconf", 9_999_999);
        if (!arguments.Has(2))
        {
            throw new RpcError(RpcError.InvalidParameter, "Name the addresses: the development chain has no wallet of its own");
        }

        var tip = chain.Tip.Height;
        var answers = new JsonArray();
        foreach (var address in Array(arguments.Element(2, "addresses"), "addresses").Select(ReadAddress))
        {
            foreach (var (outPoint, coin) in chain.ListUnspent(address.ToScript()))
            {
                var confirmations = coin.Height == Coin.InMempool ? 0 : tip - coin.Height + 1;
                if (confirmations >= least && confirmations <= most)
                {
                    answers.Add((JsonNode)Unspent(outPoint, coin, address, confirmations));
                }
            }
        }

        return answers;
    }

    private JsonObject Unspent(OutPoint outPoint, Coin coin, FloAddress address, int confirmations) => new()
    {
        ["txid"] = outPoint.Txid.ToString(),
        ["vout"] = outPoint.Index,
        ["address"] = address.Text,
        ["scriptPubKey"] = Convert.ToHexStringLower(coin.Output.Script.Span),
        ["amount"] = JsonShapes.Flo(coin.Output.Value),
        ["confirmations"] = confirmations,
        ["coinbase"] = coin.Coinbase,
        ["spendable"] = coin.Height == Coin.InMempool || coin.IsMatureAt(chain.Tip.Height + 1),
        ["solvable"] = true,
        ["safe"] = confirmations > 0,
    };

    private JsonObject Scan(RpcArguments arguments)
    {
        if (arguments.Text(0, "action") != "start")
        {
            throw new RpcError(RpcError.InvalidParameter, "Only the action 'start' is known");
        }

        var unspents = new JsonArray();
        var total = 0L;
        foreach (var text in Array(arguments.Element(1, "scanobjects"), "scanobjects").Select(ReadDescriptor))
        {
            var script = FloAddress.TryParse(text, chain.Network, out var address) ? address.ToScript() : throw new RpcError(RpcError.NotFound, "Invalid FLO address");
            foreach (var (outPoint, coin) in chain.ListUnspent(script).Where(u => u.Coin.Height != Coin.InMempool))
            {
                total += coin.Output.Value;
                unspents.Add((JsonNode)new JsonObject
                {
                    ["txid"] = outPoint.Txid.ToString(),
                    ["vout"] = outPoint.Index,
                    ["scriptPubKey"] = Convert.ToHexStringLower(coin.Output.Script.Span),
                    ["amount"] = JsonShapes.Flo(coin.Output.Value),
                    ["height"] = coin.Height,
                    ["coinbase"] = coin.Coinbase,
                });
            }
        }

        return new JsonObject { ["success"] = true, ["height"] = chain.Tip.Height, ["unspents"] = unspents, ["total_amount"] = JsonShapes.Flo(total) };
    }

    private static string ReadDescriptor(JsonElement element)
    {
        var text = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("desc", out var d) ? d.ToString() : element.ToString();
        return text.StartsWith("addr(", StringComparison.Ordinal) && text.EndsWith(')') ? text[5..^1] : text;
    }

    private FloAddress ReadAddress(JsonElement element) =>
        FloAddress.TryParse(element.ToString(), chain.Network, out var address) ? address : throw new RpcError(RpcError.NotFound, "Invalid FLO address");

    private MempoolEntry FindEntry(RpcArguments arguments) =>
        chain.FindMempool(arguments.Hash(0, "txid")) ?? throw new RpcError(RpcError.NotFound, "Transaction not in mempool");

    private static TransactionInput ReadInput(JsonElement element, uint sequence)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("txid", out var id) || !Hash256.TryParse(id.ToString(), out var txid)
            || !element.TryGetProperty("vout", out var vout) || vout.ValueKind != JsonValueKind.Number || !vout.TryGetUInt32(out var index))
        {
            throw new RpcError(RpcError.InvalidParameter, "Invalid parameter, inputs are objects with txid and vout");
        }

        var own = element.TryGetProperty("sequence", out var s) && s.ValueKind == JsonValueKind.Number && s.TryGetUInt32(out var given) ? given : sequence;
        return new TransactionInput(new OutPoint(txid, index), default, own);
    }

    private List<TransactionOutput> ReadOutputs(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new RpcError(RpcError.WrongType, "outputs must be an object");
        }

        return [.. element.EnumerateObject().Select(p => p.Name == "data"
            ? new TransactionOutput(0, ReadData(p.Value))
            : new TransactionOutput(RpcArguments.Amount(p.Value, p.Name), ReadAddress(JsonSerializer.SerializeToElement(p.Name)).ToScript()))];
    }

    private static byte[] ReadData(JsonElement element)
    {
        try
        {
            return [FloScript.OpReturn, .. FloScript.Push(Convert.FromHexString(element.ToString()))];
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new RpcError(RpcError.InvalidParameter, "Data must be hexadecimal of at most 520 bytes");
        }
    }

    private static IEnumerable<JsonElement> Array(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : throw new RpcError(RpcError.WrongType, $"{name} must be an array");
}
