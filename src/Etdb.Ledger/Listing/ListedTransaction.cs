using System.Text.Json.Nodes;
using Etdb.Ledger.DevChain.Rpc;

namespace Etdb.Ledger.Listing;

/// <summary>A transaction: its comment and place (<c>{"tx":{"floData","txid","time","blockhash","size"},"is_coinbase"}</c>), or with <paramref name="Whole"/> all of it, as a FLO node decodes it.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Network">Its network.</param>
/// <param name="Whole">With inputs and outputs.</param>
public sealed record ListedTransaction(ChainTransaction Transaction, FloNetwork Network, bool Whole) : Listed
{
    /// <inheritdoc/>
    public override long Time => Transaction.Time;

    /// <inheritdoc/>
    public override string Txid => Transaction.Txid;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson()
    {
        var parsed = Transaction.Parse();
        if (!Whole)
        {
            return ListedJson.Write(new JsonObject
            {
                ["tx"] = new JsonObject { ["floData"] = ChainTransaction.Text(parsed), ["txid"] = Txid, ["time"] = Time, ["blockhash"] = Transaction.BlockHash, ["size"] = parsed.Size },
                ["is_coinbase"] = parsed.IsCoinbase,
            });
        }

        var shape = JsonShapes.Transaction(parsed, Network);
        shape["hex"] = parsed.ToHex();
        (shape["blockhash"], shape["time"], shape["blocktime"]) = (Transaction.BlockHash, Time, Time);
        return ListedJson.Write(new JsonObject
        {
            ["block"] = Transaction.Height, ["block_hash"] = Transaction.BlockHash, ["confirmed"] = true, ["is_coinbase"] = parsed.IsCoinbase, ["tx"] = shape,
        });
    }
}
