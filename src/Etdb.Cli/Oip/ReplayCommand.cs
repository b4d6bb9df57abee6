using System.CommandLine;
using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Indexing;

namespace Etdb.Cli.Oip;

/// <summary><c>etdb oip replay FILE.jsonl</c>: the index after a chain of blocks that come and go.</summary>
internal static class ReplayCommand
{
    public static Command Build()
    {
        var command = new Command("replay", "Index a chain of comments from JSON lines (connect, disconnect) and print the index afterwards.");
        var file = new Argument<string>("file") { Description = "JSON lines: {\"connect\":{\"height\",\"hash\",\"time\",\"txs\":[{\"txid\",\"floData\",\"coinbase\"}]}} or {\"disconnect\":{\"hash\"}}; - for stdin." };
        var network = OipArguments.Network();
        command.Arguments.Add(file);
        command.Options.Add(network);
        command.Does((result, output) =>
        {
            var flo = OipArguments.Find(result.GetValue(network)!);
            var index = ReplayLog.Replay(Lines(result.GetValue(file)!), flo);
            var answer = IndexView.Describe(index);
            output.Write(answer, writer => Say(writer, answer));
            return CliExit.Done;
        });
        return command.WithExamples("etdb oip replay chain.jsonl --json", "etdb oip replay chain.jsonl --network test");
    }

    private static IEnumerable<string> Lines(string file)
    {
        if (file != "-")
        {
            return File.ReadLines(file);
        }

        return Enumerable.Range(0, int.MaxValue).Select(_ => Console.In.ReadLine()).TakeWhile(l => l is not null)!;
    }

    private static void Say(TextWriter writer, JsonObject answer)
    {
        writer.WriteLine($"tip {answer["tip"]?["height"]?.ToString() ?? "none"} {answer["tip"]?["hash"]}");
        foreach (var record in answer["records"]!.AsArray())
        {
            var state = record!["deactivated"]!.GetValue<bool>() ? "deactivated" : "active";
            writer.WriteLine($"record {record["txid"]} v{record["versions"]} {state} {record["publisher"]} {record["title"]}");
        }

        foreach (var pending in answer["pendingMultiparts"]!.AsArray())
        {
            writer.WriteLine($"waiting {pending!["reference"]} parts {pending["parts"]!.ToJsonString()} of 0..{pending["max"]?.ToString() ?? "?"}");
        }

        foreach (var refusal in answer["refused"]!.AsArray())
        {
            writer.WriteLine($"refused {refusal!["txid"]} {refusal["reason"]}");
        }
    }
}
