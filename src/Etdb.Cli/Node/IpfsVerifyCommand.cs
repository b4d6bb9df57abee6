using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Verify;

namespace Etdb.Cli.Node;

/// <summary>
/// <c>etdb ipfs verify --node URL CID</c>: the honest check of one replica. Exit 0 when complete, else 1. It goes below the <c>ipfs</c> command.
/// </summary>
public static class IpfsVerifyCommand
{
    /// <summary>The command, without its parent.</summary>
    public static Command Build()
    {
        var command = new Command("verify", "Read every block of a DAG from one node, with the node offline for it, and hash each here.");
        var cid = new Argument<string>("cid") { Description = "Root of the DAG." };
        var node = new Option<string>("--node") { Description = "RPC of the node, e.g. http://127.0.0.1:5001.", Required = true };
        var token = NodeAccess.TokenOption();
        var authorities = NodeAccess.AuthoritiesOption();
        var sample = new Option<int>("--sample") { Description = "Check this many leaves drawn by --seed, with all blocks above them, instead of every block." };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the draw: the same seed draws the same leaves." };
        command.Arguments.Add(cid);
        foreach (var option in new Option[] { node, token, authorities, sample, seed })
        {
            command.Options.Add(option);
        }

        command.Does(async (result, output, cancellationToken) =>
        {
            var root = Cid.Parse(result.GetValue(cid)!);
            using var http = NodeAccess.NewHttp(result.GetValue(authorities));
            var secret = result.GetValue(token) is { Length: > 0 } given ? "Bearer " + given : null;
            var remote = new RemoteNode(http, new KuboEndpoint(NodeAccess.ParseUrl(result.GetValue(node)!), null, secret), new KuboClientOptions());
            var report = await remote.VerifyAsync(root, new ReplicaCheckOptions { SampleLeaves = result.GetValue(sample), Seed = result.GetValue(seed) }, cancellationToken);
            output.Write(ToJson(report), text => Say(text, report));
            return report.Finding == ReplicaFinding.Complete ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples(
            "etdb ipfs verify --node http://127.0.0.1:5001 bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
            "etdb ipfs verify --node http://127.0.0.1:5001 --sample 30 --seed 7 QmRoot --json");
    }

    private static object ToJson(ReplicaReport report) => new
    {
        complete = report.Finding == ReplicaFinding.Complete,
        blocks = report.BlocksChecked,
        missing = report.Missing.Select(static cid => cid.ToString()).ToArray(),
        corrupt = report.Corrupt.Select(static cid => cid.ToString()).ToArray(),
        finding = report.Finding,
        bytes = report.BytesChecked,
        leaves = report.LeavesChecked,
        unknown = report.Unknown,
        full = report.Full,
        depth = report.Depth,
        seconds = report.Elapsed.TotalSeconds,
        detail = report.Detail,
    };

    private static void Say(TextWriter text, ReplicaReport report)
    {
        foreach (var cid in report.Corrupt)
        {
            text.WriteLine($"corrupt  {cid}");
        }

        foreach (var cid in report.Missing)
        {
            text.WriteLine($"missing  {cid}");
        }

        text.WriteLine($"{report.Finding.ToString().ToLowerInvariant()}: {report.BlocksChecked} blocks, {report.BytesChecked} bytes hashed in {report.Elapsed.TotalSeconds:0.00} s"
            + $"{(report.Full ? string.Empty : ", not the whole DAG")}{(report.Detail is null ? string.Empty : "; " + report.Detail)}");
    }
}
