using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary><c>etdb node list|drain|undrain|maintain|look</c>: nodes of a running cluster, as opposed to the embedded node of this machine.</summary>
internal static class NodeActCommands
{
    private static readonly Option<TimeSpan?> For = Durations.Option("--for", "How long, such as 2h, 90m or 3d.");

    private static readonly Option<bool> End = new("--end") { Description = "The maintenance is over." };

    /// <summary>All of them, to stand beside <c>init</c>, <c>run</c> and the others.</summary>
    public static IEnumerable<Command> Build() => [ClusterLists.Nodes(), DrainCommand.Build("etdb node drain"), DrainCommand.BuildUndo(), Maintain(), Look(), NodeCredentialCommand.Build()];

    private static Command Maintain()
    {
        var node = Node();
        var command = new Command("maintain", "Announce that a node will be away or busy: its silence is borne until then.") { node, For, End };
        return command.WithOperator()
            .WithExamples("etdb node maintain n3 --for 2h --reason 'new disks'", "etdb node maintain n3 --end --reason 'done early'")
            .Does(async (result, output, ct) =>
            {
                var (length, end) = (result.GetValue(For), result.GetValue(End));
                if (end == length is not null)
                {
                    throw new CliException("say either how long (--for 2h) or that it is over (--end).");
                }

                var until = length is { } span ? TimeProvider.System.GetUtcNow() + span : (DateTimeOffset?)null;
                var body = new MaintenanceRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.Reason), until);
                return await PostAsync(result, output, result.GetValue(node)!, "maintenance", body, ct);
            });
    }

    private static Command Look()
    {
        var node = Node();
        return new Command("look", "Probe a node and list its pins now, instead of at the next round.") { node }
            .WithServer()
            .WithExamples("etdb node look n3")
            .Does((result, output, ct) => PostAsync(result, output, result.GetValue(node)!, "look", new { }, ct));
    }

    private static async Task<int> PostAsync(ParseResult result, CliOutput output, string node, string act, object body, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var done = await client.PostAsync<DoneView>($"nodes/{Uri.EscapeDataString(node)}/{act}", body, ct) ?? throw await client.NoSuchNodeAsync(node, ct);
        output.Write(done, text => text.WriteLine(done.Text));
        return CliExit.Done;
    }

    private static Argument<string> Node() => new("NODE") { Description = "Id of the node; 'etdb node list' shows them." };
}
