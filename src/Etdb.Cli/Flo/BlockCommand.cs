using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Consensus;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo block HEX|@FILE</c>: whether a block is one.</summary>
internal static class BlockCommand
{
    public static Command Build()
    {
        var hex = new Argument<string>("block") { Description = "The block in hex, or @FILE with hex or its bytes." };
        var network = FloArguments.Network();
        var command = new Command("block", "Check a block's work and Merkle root; exit 1 when either is wrong.") { hex, network };
        command.Does((result, output) =>
        {
            var chosen = FloArguments.ReadNetwork(result, network) ?? FloNetwork.Main;
            var raw = FloArguments.ReadHex(result.GetValue(hex)!, "The block");
            var block = FloArguments.Parse("The block", () => FloBlock.Parse(raw));
            Hash256[] ids = [.. block.Transactions.Select(t => t.Txid)];
            var powValid = ProofOfWork.Check(block.Header, chosen);
            var merkleValid = MerkleTree.Root(ids) == block.Header.MerkleRoot && !MerkleTree.IsAmbiguous(ids);
            output.WriteJson(new
            {
                hash = block.Hash.ToString(),
                powHash = block.Header.ComputePowHash().ToString(),
                powValid,
                height = CoinbaseHeight.Read(block, chosen),
                merkleValid,
                transactions = ids.Select(id => id.ToString()),
                previous = block.Header.Previous.ToString(),
                time = block.Header.Time,
                bits = block.Header.Bits.ToString("x8"),
            });
            return powValid && merkleValid ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb flo block @block.bin --network main --json");
    }
}
