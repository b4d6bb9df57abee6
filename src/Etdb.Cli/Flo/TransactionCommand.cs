using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Addresses;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo tx HEX</c>: what a transaction says.</summary>
internal static class TransactionCommand
{
    public static Command Build()
    {
        var hex = new Argument<string>("hex") { Description = "The transaction in hex, or @FILE." };
        var network = FloArguments.Network();
        var command = new Command("tx", "Decode a transaction. Values are in satoshi (10^-8 FLO).") { hex, network };
        command.Does((result, output) =>
        {
            var chosen = FloArguments.ReadNetwork(result, network) ?? FloNetwork.Main;
            var raw = FloArguments.ReadHex(result.GetValue(hex)!, "The transaction");
            var transaction = FloArguments.Parse("The transaction", () => FloTransaction.Parse(raw));
            output.WriteJson(Shape(transaction, chosen));
            return CliExit.Done;
        });
        return command.WithExamples("etdb flo tx 0200000001…", "etdb flo tx @transaction.hex --network test");
    }

    /// <summary>floData is text, or null when the bytes are not UTF-8; floDataHex always has them.</summary>
    private static object Shape(FloTransaction transaction, FloNetwork network) => new
    {
        txid = transaction.Txid.ToString(),
        wtxid = transaction.Wtxid.ToString(),
        version = transaction.Version,
        floData = transaction.FloDataText(),
        floDataBytes = transaction.FloData.Length,
        floDataHex = Convert.ToHexStringLower(transaction.FloData.Span),
        inputs = transaction.Inputs.Select(i => new
        {
            txid = i.Previous.Txid.ToString(),
            vout = i.Previous.Index,
            coinbase = transaction.IsCoinbase,
            script = Convert.ToHexStringLower(i.ScriptSig.Span),
            sequence = i.Sequence,
            witness = i.Witness.Select(w => Convert.ToHexStringLower(w.Span)),
        }),
        outputs = transaction.Outputs.Select(o => new
        {
            value = o.Value,
            script = Convert.ToHexStringLower(o.Script.Span),
            address = FloAddress.FromScript(o.Script.Span, network)?.Text,
        }),
        locktime = transaction.LockTime,
        bytes = transaction.Size,
        virtualBytes = transaction.VirtualSize,
    };
}
