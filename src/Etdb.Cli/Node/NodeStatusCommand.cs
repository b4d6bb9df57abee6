using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Kubo;

namespace Etdb.Cli.Node;

/// <summary><c>etdb node status</c>: exit 0 when the node answers and is fit, else 1.</summary>
internal static class NodeStatusCommand
{
    public static Command Build()
    {
        var command = new Command("status", "Ask a running node who it is, how full it is and how many pins it has.");
        var access = new NodeAccess();
        access.AddTo(command);
        command.Does(async (result, output, cancellationToken) =>
        {
            using var http = access.NewHttp(result);
            var node = access.Connect(result, http);
            var probe = await node.ProbeAsync(cancellationToken);
            var (pins, problem) = probe.Reachable ? await CountPinsAsync(node, cancellationToken) : (0, probe.Problem);
            output.Write(
                new
                {
                    node = node.Client.Endpoint.ToString(),
                    reachable = probe.Reachable,
                    agent = probe.Agent,
                    repositoryId = probe.RepositoryId,
                    usedBytes = probe.UsedBytes,
                    capacityBytes = probe.CapacityBytes,
                    pins,
                    problem = probe.Problem ?? problem,
                },
                text => text.WriteLine(probe.Reachable
                    ? $"{probe.Agent} at {node.Client.Endpoint}: {probe.UsedBytes} of {probe.CapacityBytes} bytes used, {pins} pins, repository {probe.RepositoryId}{(problem is null ? string.Empty : "; " + problem)}"
                    : $"{node.Client.Endpoint} does not answer: {probe.Problem}"));
            return probe.Reachable && problem is null && probe.Problem is null ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb node status --data /srv/etdb-node", "etdb node status --node http://127.0.0.1:5001 --json");
    }

    private static async Task<(long Pins, string? Problem)> CountPinsAsync(RemoteNode node, CancellationToken cancellationToken)
    {
        var pins = 0L;
        try
        {
            await foreach (var _ in node.ListPinsAsync(cancellationToken))
            {
                pins++;
            }

            return (pins, null);
        }
        catch (KuboException error)
        {
            return (pins, error.Message);
        }
    }
}
