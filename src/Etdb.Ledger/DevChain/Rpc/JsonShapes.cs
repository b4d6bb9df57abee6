using System.Text;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>Blocks and transactions as flod shows them.</summary>
internal static class JsonShapes
{
    /// <summary>An amount in FLO with eight decimals.</summary>
    public static JsonNode Flo(long satoshi) => JsonValue.Create(Money.ToFlo(satoshi));

    /// <summary>A transaction decoded. floData is text; when the bytes are not UTF-8, <c>floDataHex</c> has them too.</summary>
    public static JsonObject Transaction(FloTransaction transaction, FloNetwork network)
    {
        var shape = new JsonObject
        {
            ["txid"] = transaction.Txid.ToString(),
            ["hash"] = transaction.Wtxid.ToString(),
            ["version"] = transaction.Version,
            ["size"] = transaction.Size,
            ["vsize"] = transaction.VirtualSize,
            ["locktime"] = transaction.LockTime,
            ["vin"] = new JsonArray([.. transaction.Inputs.Select(i => Input(i, transaction.IsCoinbase))]),
            ["vout"] = new JsonArray([.. transaction.Outputs.Select((o, n) => Output(o, n, network))]),
            ["floData"] = transaction.FloDataText() ?? Encoding.UTF8.GetString(transaction.FloData.Span),
        };
        if (transaction.FloDataText() is null)
        {
            shape["floDataHex"] = Convert.ToHexStringLower(transaction.FloData.Span);
        }

        return shape;
    }

    /// <summary>A transaction decoded, with its hex and its place.</summary>
    public static JsonObject Located(LocatedTransaction located, FloNetwork network)
    {
        var shape = Transaction(located.Transaction, network);
        shape["hex"] = located.Transaction.ToHex();
        if (located.Block is { } block)
        {
            shape["blockhash"] = block.Hash.ToString();
            shape["confirmations"] = located.Confirmations;
            shape["time"] = block.Header.Time;
            shape["blocktime"] = block.Header.Time;
        }

        return shape;
    }

    public static JsonObject Header(ChainEntry entry, DevelopmentChain chain)
    {
        var header = entry.Header;
        var shape = new JsonObject
        {
            ["hash"] = entry.Hash.ToString(),
            ["confirmations"] = chain.Confirmations(entry),
            ["height"] = entry.Height,
            ["version"] = header.Version,
            ["versionHex"] = header.Version.ToString("x8"),
            ["merkleroot"] = header.MerkleRoot.ToString(),
            ["time"] = header.Time,
            ["mediantime"] = entry.MedianTime(),
            ["nonce"] = header.Nonce,
            ["bits"] = header.Bits.ToString("x8"),
            ["difficulty"] = CompactTarget.Difficulty(header.Bits),
            ["chainwork"] = entry.Work.ToString(),
            ["nTx"] = entry.Transactions,
        };
        if (entry.Parent is { } parent)
        {
            shape["previousblockhash"] = parent.Hash.ToString();
        }

        if (chain.Next(entry) is { } next)
        {
            shape["nextblockhash"] = next.Hash.ToString();
        }

        return shape;
    }

    /// <summary>A block with its transactions' ids, or with them decoded.</summary>
    public static JsonObject Block(ChainEntry entry, FloBlock block, DevelopmentChain chain, bool decoded)
    {
        var shape = Header(entry, chain);
        shape["size"] = block.Raw.Length;
        shape["strippedsize"] = FloBlockHeader.Size + WireWriter.CompactSizeLength((ulong)block.Transactions.Length) + block.Transactions.Sum(t => t.BaseSize);
        shape["weight"] = block.Weight;
        shape["tx"] = new JsonArray([.. block.Transactions.Select<FloTransaction, JsonNode>(t => decoded ? WithHex(t, chain.Network) : JsonValue.Create(t.Txid.ToString()))]);
        return shape;
    }

    public static JsonObject Script(ReadOnlyMemory<byte> script, FloNetwork network)
    {
        var shape = new JsonObject
        {
            ["hex"] = Convert.ToHexStringLower(script.Span),
            ["type"] = FloScript.Classify(script.Span) switch
            {
                ScriptKind.PublicKeyHash => "pubkeyhash",
                ScriptKind.PublicKey => "pubkey",
                ScriptKind.ScriptHash => "scripthash",
                ScriptKind.WitnessPublicKeyHash => "witness_v0_keyhash",
                ScriptKind.WitnessScriptHash => "witness_v0_scripthash",
                ScriptKind.MultiSignature => "multisig",
                ScriptKind.NullData => "nulldata",
                _ => "nonstandard",
            },
        };
        if (FloAddress.FromScript(script.Span, network) is { } address)
        {
            shape["reqSigs"] = 1;
            shape["addresses"] = new JsonArray(address.Text);
        }

        return shape;
    }

    private static JsonObject WithHex(FloTransaction transaction, FloNetwork network)
    {
        var shape = Transaction(transaction, network);
        shape["hex"] = transaction.ToHex();
        return shape;
    }

    private static JsonObject Input(TransactionInput input, bool coinbase)
    {
        var shape = new JsonObject();
        if (coinbase)
        {
            shape["coinbase"] = Convert.ToHexStringLower(input.ScriptSig.Span);
        }
        else
        {
            shape["txid"] = input.Previous.Txid.ToString();
            shape["vout"] = input.Previous.Index;
            shape["scriptSig"] = new JsonObject { ["hex"] = Convert.ToHexStringLower(input.ScriptSig.Span) };
        }

        if (!input.Witness.IsEmpty)
        {
            shape["txinwitness"] = new JsonArray([.. input.Witness.Select(w => JsonValue.Create(Convert.ToHexStringLower(w.Span)))]);
        }

        shape["sequence"] = input.Sequence;
        return shape;
    }

    private static JsonObject Output(TransactionOutput output, int index, FloNetwork network) => new()
    {
        ["value"] = Flo(output.Value),
        ["n"] = index,
        ["scriptPubKey"] = Script(output.Script, network),
    };
}
