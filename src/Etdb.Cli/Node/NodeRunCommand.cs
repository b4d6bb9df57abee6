using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Node;

namespace Etdb.Cli.Node;

/// <summary><c>etdb node run</c>: answers until it is told to stop (Ctrl-C or SIGTERM), then writes what is waiting and ends.</summary>
internal static class NodeRunCommand
{
    public static Command Build()
    {
        var command = new Command("run", "Run the node until it is stopped.");
        var data = NodeCommands.DataOption();
        var accept = new Option<bool>("--accept-store")
        {
            Description = "Go on although the store is empty or is not the one this node had: its disk was replaced. Without this, such a store is refused, since its disk is probably not mounted.",
        };
        command.Options.Add(data);
        command.Options.Add(accept);
        command.Does(async (result, output, cancellationToken) =>
        {
            await using var node = await EmbeddedNode.StartAsync(NodeConfigFile.Load(result.GetValue(data)!) with { AcceptOtherStore = result.GetValue(accept) }, cancellationToken);
            output.Write(
                new { ready = true, peerId = node.Identity.PeerId, api = node.ApiUri.ToString(), gateway = node.GatewayUri.ToString(), repositoryId = node.Repository.Id },
                text => text.WriteLine($"node {node.Identity.PeerId} ready, RPC {node.ApiUri}, gateway {node.GatewayUri}"));
            await output.Answer.FlushAsync(CancellationToken.None); // Who stops it as soon as it is said to be ready stops it in order.
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await output.Messages.WriteLineAsync("stopping");
            }

            return CliExit.Done;
        });
        return command.WithExamples("etdb node run --data /srv/etdb-node", "ETDB_NODE=/srv/etdb-node etdb node run --json");
    }
}
