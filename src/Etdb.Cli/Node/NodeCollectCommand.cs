using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Node;

/// <summary><c>etdb node gc</c>: removes what no pin needs, on the running node.</summary>
internal static class NodeCollectCommand
{
    public static Command Build()
    {
        var command = new Command("gc", "Remove every block that no pin needs.");
        var access = new NodeAccess();
        access.AddTo(command);
        command.Does(async (result, output, cancellationToken) =>
        {
            using var http = access.NewHttp(result);
            var answer = await access.Connect(result, http).Client.CollectGarbageAsync(cancellationToken);
            output.Write(
                new { done = answer.Done, removed = answer.Value, problem = answer.Detail },
                text => text.WriteLine(answer.Done ? $"{answer.Value} blocks removed" : $"stopped: {answer.Detail}"));
            return answer.Done ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb node gc --data /srv/etdb-node");
    }
}
