using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Cli.Node;

/// <summary><c>etdb node verify</c>: hashes every block of a node that is stopped. (A running node scrubs itself; ask it with <c>repo/verify</c>.)</summary>
internal static class NodeVerifyCommand
{
    public static Command Build()
    {
        var command = new Command("verify", "Hash every block of a stopped node's store and name what is bad.");
        var data = NodeCommands.DataOption();
        var rate = new Option<long>("--rate") { Description = "Most bytes a second that are read; 0 means as fast as it goes." };
        command.Options.Add(data);
        command.Options.Add(rate);
        command.Does(async (result, output, cancellationToken) =>
        {
            await using var repository = EmbeddedNode.OpenRepository(NodeConfigFile.Load(result.GetValue(data)!));
            var report = await repository.Blocks.ScrubAsync(result.GetValue(rate), null, cancellationToken);
            output.Write(
                new
                {
                    clean = report.Clean,
                    blocks = report.Blocks,
                    bytes = report.Bytes,
                    corrupt = Name(report.Corrupt),
                    missing = Name(report.Missing),
                    unreadable = report.Failed,
                    pins = repository.Pins.Count,
                },
                text => Say(text, report));
            return report.Clean ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb node verify --data /srv/etdb-node", "etdb node verify --data /srv/etdb-node --rate 20000000 --json");
    }

    private static string[] Name(IReadOnlyList<BlockKey> keys) => [.. keys.Select(static key => BlockKeys.ToRawCid(key).ToString())];

    private static void Say(TextWriter text, ScrubReport report)
    {
        foreach (var cid in Name(report.Corrupt))
        {
            text.WriteLine($"corrupt  {cid}");
        }

        foreach (var cid in Name(report.Missing))
        {
            text.WriteLine($"missing  {cid}");
        }

        text.WriteLine($"{report.Blocks} blocks, {report.Bytes} bytes read and right; {report.Corrupt.Count} corrupt, {report.Missing.Count} missing, {report.Failed} unreadable");
    }
}
