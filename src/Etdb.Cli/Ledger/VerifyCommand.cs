using System.CommandLine;
using System.Text;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Evidence;

namespace Etdb.Cli.Ledger;

/// <summary><c>etdb ledger verify FILE</c>: exit 0 when everything in the file holds, else 1.</summary>
internal static class VerifyCommand
{
    public static Command Build()
    {
        var command = new Command("verify", "Verify exported evidence, or an index file, with no node: work, links, Merkle paths, every signature.");
        var file = new Argument<string>("file") { Description = "File written by 'etdb ledger export', or the ledger index of a silo (ledger.db; it may be in use)." };
        command.Arguments.Add(file);
        command.Does((result, output) =>
        {
            var path = result.GetValue(file)!;
            var report = LedgerIndexStore.Inspect(path) is { } kind ? IndexAudit.Verify(path, kind.Network, kind.StartHeight) : VerifyExport(path);
            output.Write(ToJson(report), text => Say(text, report));
            return report.IsValid ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb ledger verify evidence.jsonl", "etdb ledger verify evidence.jsonl --json", "etdb ledger verify data/ledger.db");
    }

    private static EvidenceReport VerifyExport(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        return EvidenceVerifier.Verify(reader);
    }

    private static object ToJson(EvidenceReport report) => new
    {
        valid = report.IsValid,
        network = report.Network,
        blocks = report.Blocks,
        linked = report.IsLinked,
        checkpoints = report.Checkpoints,
        transactions = report.Transactions,
        records = report.Index.Records().Select(r => new
        {
            txid = r.Txid,
            publisher = r.Author,
            title = r.Current.Artifact.Title,
            versions = r.Versions.Count,
            deactivated = r.IsDeactivated,
            authorProven = true,
            contentProven = r.IsContentProven,
        }).ToArray(),
        faults = report.Faults.Select(f => new { line = f.Line, what = f.What }).ToArray(),
    };

    private static void Say(TextWriter text, EvidenceReport report)
    {
        text.WriteLine($"{report.Blocks} blocks of network {report.Network}, work checked{(report.IsLinked ? ", linked" : "")}, {report.Checkpoints} checkpoints met");
        text.WriteLine($"{report.Transactions} transactions in their blocks");
        foreach (var record in report.Index.Records())
        {
            text.WriteLine($"record {record.Txid} {(record.IsContentProven ? "author and content proven" : "author proven")} {record.Current.Artifact.Title}");
        }

        foreach (var fault in report.Faults)
        {
            text.WriteLine($"line {fault.Line}: {fault.What}");
        }

        text.WriteLine(report.IsValid ? "everything holds" : "NOT valid");
    }
}
