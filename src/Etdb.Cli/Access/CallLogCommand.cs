using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Operators;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Access;

/// <summary><c>etdb audit-log</c>: who changed what. (<c>etdb audit</c> checks replicas.)</summary>
internal static class CallLogCommand
{
    private const int PageSize = 500;

    public static Command Build()
    {
        var last = new Option<int>("--last") { Description = "So many of the newest entries.", DefaultValueFactory = _ => 50 };
        return new Command("audit-log", "Who changed what, when, and how it ended.") { last }
            .WithServer()
            .WithExamples("etdb audit-log", "etdb audit-log --last 500 --json")
            .Does(async (result, output, ct) =>
            {
                using var client = ServerOptions.Client(result);
                var most = Math.Clamp(result.GetValue(last), 1, 100_000);
                var kept = new Queue<CallView>();
                long? after = 0;
                while (after is { } from)
                {
                    var page = await client.NeedAsync<CallPageView>($"audit-log?after={from}&limit={PageSize}", ct);
                    foreach (var call in page.Items)
                    {
                        kept.Enqueue(call);
                        if (kept.Count > most)
                        {
                            kept.Dequeue();
                        }
                    }

                    after = page.Next;
                }

                output.Write(kept.ToList(), text => ClusterLists.Table(
                    text,
                    ["At", "Who", "From", "Method", "Path", "Outcome", "Call"],
                    kept.Select(c => new[] { $"{c.At:u}", c.Who, c.From, c.Method, c.Path, c.Status is { } s ? $"{c.Outcome} {s}" : c.Outcome, c.Call })));
                return CliExit.Done;
            });
    }
}
