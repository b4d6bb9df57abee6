using System.CommandLine;
using System.Text;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Evidence;

namespace Etdb.Cli.Ledger;

/// <summary><c>etdb ledger export</c>: raw transactions, headers and Merkle paths of records, as JSON lines.</summary>
internal static class ExportCommand
{
    public static Command Build()
    {
        var command = new Command("export", "Write what proves records in the ledger: raw transactions, block headers, Merkle paths.");
        var index = new Option<string>("--index") { Description = "The ledger index file of a silo or demo (ledger.db); it may be in use.", Required = true };
        var file = new Option<string>("--output", "-o") { Description = "File to write.", Required = true };
        var records = new Option<string[]>("--record") { Description = "Only this record, by id; may be repeated. Left out: everything." };
        var headers = new Option<bool>("--all-headers") { Description = "Also headers of blocks without records, so that the whole chain of work can be verified." };
        command.Options.Add(index);
        command.Options.Add(file);
        command.Options.Add(records);
        command.Options.Add(headers);
        command.Does((result, output) =>
        {
            var path = result.GetValue(index)!;
            var (network, start) = LedgerIndexStore.Inspect(path) ?? throw new CliException($"{path} is no ledger index; give the file a silo wrote.");
            using var ledger = LedgerIndex.Open(path, network, start);
            var target = result.GetValue(file)!;
            using var writer = new StreamWriter(target, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            var transactions = EvidenceWriter.Write(ledger, result.GetValue(records) is { Length: > 0 } ids ? ids : null, result.GetValue(headers), writer);
            var answer = new { file = target, network = network.Name, tip = ledger.Tip?.Height, transactions };
            output.Write(answer, text => text.WriteLine($"{transactions} transactions of network {network.Name} written to {target}"));
            return CliExit.Done;
        });
        return command.WithExamples(
            "etdb ledger export --index data/ledger.db -o evidence.jsonl --all-headers",
            "etdb ledger export --index data/ledger.db --record TXID -o record.jsonl");
    }
}
