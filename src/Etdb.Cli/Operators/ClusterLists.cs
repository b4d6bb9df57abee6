using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb node list</c> and <c>etdb member list</c>.</summary>
internal static class ClusterLists
{
    public static Command Nodes() => new Command("list", "List the nodes of the cluster.")
        .WithServer()
        .WithExamples("etdb node list", "etdb node list --json")
        .Does(async (result, output, ct) =>
        {
            using var client = ServerOptions.Client(result);
            var nodes = await client.NeedAsync<Listing<NodeView>>("nodes", ct);
            output.Write(nodes.Items, text => Table(
                text,
                ["Node", "Member", "Site", "Country", "State", "Since", "Verified", "Used", "Capacity", "Agent"],
                nodes.Items.Select(n => new[]
                {
                    n.Id, n.Member, n.Site, n.Country, n.State, $"{n.Since:u}", $"{n.Replicas.Verified}", Sizes.Text(n.UsedBytes), Sizes.Text(n.CapacityBytes), n.Problem ?? n.Agent ?? "",
                })));
            return CliExit.Done;
        });

    public static Command Members() => new Command("list", "List the member institutions.")
        .WithServer()
        .WithExamples("etdb member list", "etdb member list --json")
        .Does(async (result, output, ct) =>
        {
            using var client = ServerOptions.Client(result);
            var members = await client.NeedAsync<Listing<MemberView>>("members", ct);
            output.Write(members.Items, text => Table(
                text,
                ["Member", "Name", "Country", "State", "Nodes", "Replicas", "Used", "Pledged"],
                members.Items.Select(m => new[]
                {
                    m.Id, m.Name, m.Country, m.State, string.Join(' ', m.Nodes), $"{m.Replicas}", Sizes.Text(m.UsedBytes), m.PledgeBytes is { } pledge ? Sizes.Text(pledge) : "not said",
                })));
            return CliExit.Done;
        });

    /// <summary>Rows under headings, each column as wide as its widest cell: nothing is wrapped or cut, so that lines can be searched and piped.</summary>
    public static void Table(TextWriter text, string[] columns, IEnumerable<string[]> rows)
    {
        string[][] all = [columns, .. rows];
        var widths = columns.Select((_, i) => all.Max(row => row[i].Length)).ToArray();
        foreach (var row in all)
        {
            text.WriteLine("  " + string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }
}
