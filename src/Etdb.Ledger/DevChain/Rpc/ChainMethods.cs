using System.Text.Json.Nodes;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>Methods that read the chain, and the two that turn it back.</summary>
internal sealed class ChainMethods(DevelopmentChain chain, TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    public void AddTo(RpcMethodTable table)
    {
        table.Add("getblockcount", string.Empty, _ => chain.Tip.Height);
        table.Add("getbestblockhash", string.Empty, _ => chain.Tip.Hash.ToString());
        table.Add("getdifficulty", string.Empty, _ => CompactTarget.Difficulty(chain.Tip.Header.Bits));
        table.Add("getblockhash", "height", BlockHash);
        table.Add("getblock", "blockhash verbosity verboseTx", Block);
        table.Add("getblockheader", "blockhash verbose", Header);
        table.Add("getblockchaininfo", string.Empty, _ => ChainInfo());
        table.Add("getchaintips", string.Empty, _ => Tips());
        table.Add("gettxoutsetinfo", string.Empty, _ => OutputSet());
        table.Add("gettxout", "txid n include_mempool", Output);
        table.Add("gettxoutproof", "txids blockhash", Proof);
        table.Add("invalidateblock", "blockhash", a => Mark(a, chain.Invalidate));
        table.Add("reconsiderblock", "blockhash", a => Mark(a, chain.Reconsider));
        table.AddAsync("waitfornewblock", "timeout", WaitForNewBlockAsync);
    }

    private JsonNode BlockHash(RpcArguments arguments) =>
        chain.EntryAt(arguments.Number(0, "height"))?.Hash.ToString() ?? throw new RpcError(RpcError.InvalidParameter, "Block height out of range");

    /// <summary>Verbosity 0 or false is hex, 1 or true names transactions, 2 decodes them; a third argument of true means 2 (flod-go).</summary>
    private JsonNode? Block(RpcArguments arguments)
    {
        var entry = Find(arguments);
        var verbosity = Math.Max(arguments.Number(1, "verbosity", 1), arguments.Flag(2, "verboseTx", false) ? 2 : 0);
        var block = chain.Read(entry);
        return verbosity <= 0 ? block.ToHex() : JsonShapes.Block(entry, block, chain, decoded: verbosity >= 2);
    }

    private JsonNode? Header(RpcArguments arguments)
    {
        var entry = Find(arguments);
        return arguments.Flag(1, "verbose", true) ? JsonShapes.Header(entry, chain) : entry.Header.ToHex();
    }

    private JsonObject ChainInfo()
    {
        var tip = chain.Tip;
        return new JsonObject
        {
            ["chain"] = chain.Network.ChainName,
            ["blocks"] = tip.Height,
            ["headers"] = tip.Height,
            ["bestblockhash"] = tip.Hash.ToString(),
            ["difficulty"] = CompactTarget.Difficulty(tip.Header.Bits),
            ["mediantime"] = tip.MedianTime(),
            ["verificationprogress"] = 1.0,
            ["chainwork"] = tip.Work.ToString(),
            ["pruned"] = false,
            ["warnings"] = "This is a chain for development. Its coins have no value; it is not the FLO block chain.",
        };
    }

    private JsonArray Tips() => new([.. chain.Branches().Select(tip => (JsonNode)new JsonObject
    {
        ["height"] = tip.Entry.Height,
        ["hash"] = tip.Entry.Hash.ToString(),
        ["branchlen"] = BranchLength(tip.Entry),
        ["status"] = tip.Status,
    })]);

    private int BranchLength(ChainEntry entry)
    {
        var length = 0;
        for (var e = entry; chain.Confirmations(e) < 0; e = e.Parent!)
        {
            length++;
        }

        return length;
    }

    private JsonObject OutputSet()
    {
        var tip = chain.Tip;
        return new JsonObject { ["height"] = tip.Height, ["bestblock"] = tip.Hash.ToString(), ["txouts"] = chain.UnspentCount };
    }

    private JsonObject? Output(RpcArguments arguments)
    {
        var outPoint = new OutPoint(arguments.Hash(0, "txid"), (uint)arguments.Number(1, "n"));
        if (chain.FindCoin(outPoint, arguments.Flag(2, "include_mempool", true)) is not { } coin)
        {
            return null;
        }

        var tip = chain.Tip;
        return new JsonObject
        {
            ["bestblock"] = tip.Hash.ToString(),
            ["confirmations"] = coin.Height == Coin.InMempool ? 0 : tip.Height - coin.Height + 1,
            ["value"] = JsonShapes.Flo(coin.Output.Value),
            ["scriptPubKey"] = JsonShapes.Script(coin.Output.Script, chain.Network),
            ["coinbase"] = coin.Coinbase,
        };
    }

    /// <summary>Not flod's partial tree but header and path for one transaction, which is what our readers check.</summary>
    private JsonObject Proof(RpcArguments arguments)
    {
        var ids = arguments.Element(0, "txids");
        if (ids.ValueKind != System.Text.Json.JsonValueKind.Array || ids.GetArrayLength() != 1 || !Hash256.TryParse(ids[0].ToString(), out var txid))
        {
            throw new RpcError(RpcError.InvalidParameter, "The development chain proves one transaction at a time");
        }

        if (chain.FindTransaction(txid) is not { Block: { } entry })
        {
            throw new RpcError(RpcError.NotFound, "Transaction not yet in block");
        }

        Hash256[] leaves = [.. chain.Read(entry).Transactions.Select(t => t.Txid)];
        var proof = MerkleTree.Prove(leaves, Array.IndexOf(leaves, txid));
        return new JsonObject
        {
            ["header"] = entry.Header.ToHex(),
            ["index"] = proof.Index,
            ["siblings"] = new JsonArray([.. proof.Siblings.Select(s => JsonValue.Create(s.ToString()))]),
        };
    }

    private JsonNode? Mark(RpcArguments arguments, Func<Hash256, bool> mark) =>
        mark(arguments.Hash(0, "blockhash")) ? null : throw new RpcError(RpcError.NotFound, "Block not found");

    private async Task<JsonNode?> WaitForNewBlockAsync(RpcArguments arguments, CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromMilliseconds(arguments.Number(0, "timeout", 0));
        var wait = limit <= TimeSpan.Zero || limit > LongestWait ? LongestWait : limit;
        try
        {
            await chain.TipChanged.WaitAsync(wait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The answer is the tip either way.
        }

        var tip = chain.Tip;
        return new JsonObject { ["hash"] = tip.Hash.ToString(), ["height"] = tip.Height };
    }

    private ChainEntry Find(RpcArguments arguments) =>
        chain.FindEntry(arguments.Hash(0, "blockhash")) ?? throw new RpcError(RpcError.NotFound, "Block not found");
}
