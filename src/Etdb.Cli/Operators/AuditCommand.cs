using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary>
/// <c>etdb audit DATASET</c> or <c>etdb audit --node N</c>: has every block of the replicas checked now and waits for the findings. Exit code 0 when every
/// replica that could be read matched, 1 when one did not or the time ran out.
/// </summary>
internal static class AuditCommand
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);
    private static readonly Argument<string?> Dataset = new("ID") { Description = "Id of the dataset; its first 6 digits will do.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Node = new("--node") { Description = "Check every dataset of this node instead." };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Ask for the check and do not wait for it." };
    private static readonly Option<int> Limit = new("--limit") { Description = "Most minutes to wait, 1..1440.", DefaultValueFactory = _ => 60 };

    public static Command Build() => new Command("audit", "Have every block of a dataset's replicas, or of a node's, read and hashed now.") { Dataset, Node, NoWait, Limit }
        .WithOperator(OperatorOptions.ReasonOrDefault)
        .WithExamples("etdb audit 763dc9", "etdb audit --node n3 --reason 'after the disk alarm'", "etdb audit 763dc9 --no-wait")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var (dataset, node, minutes) = (result.GetValue(Dataset), result.GetValue(Node), result.GetValue(Limit));
        if (dataset is null == node is null)
        {
            throw new CliException("name either a dataset or a node (--node).");
        }

        if (minutes is < 1 or > 1440)
        {
            throw new CliException($"--limit is {minutes}, must be 1..1440 minutes.");
        }

        using var client = ServerOptions.Client(result);
        var (at, ids) = await AskAsync(client, result, dataset, node, ct);
        if (result.GetValue(NoWait))
        {
            output.Write(new { at, datasets = ids, waited = false }, text => text.WriteLine($"Asked for the check of {Count(ids.Count, "dataset")}; 'etdb why ID' shows what it finds."));
            return CliExit.Done;
        }

        var found = await WaitAsync(client, output, ids, node, at, TimeSpan.FromMinutes(minutes), ct);
        output.Write(new { at, datasets = ids, waited = true, replicas = found }, text => Print(text, ids, found));
        return found.All(f => f.Result is "verified" or "unreachable") ? CliExit.Done : CliExit.No;
    }

    private static async Task<(DateTimeOffset At, List<string> Ids)> AskAsync(SiloClient client, ParseResult result, string? dataset, string? node, CancellationToken ct)
    {
        var path = dataset is null ? $"nodes/{Uri.EscapeDataString(node!)}/audit" : $"datasets/{Uri.EscapeDataString(dataset)}/audit";
        var ids = new List<string>();
        DateTimeOffset? at = null;
        string? after = null;
        do
        {
            var body = new AuditRequest(OperatorOptions.AuthorOf(result), result.GetValue(OperatorOptions.ReasonOrDefault), after);
            var asked = await client.PostAsync<AuditView>(path, body, ct)
                ?? throw (dataset is null ? await client.NoSuchNodeAsync(node!, ct) : new CliException($"no dataset, or more than one, begins with '{dataset}'. Ids are 64 hex digits, at least 6 of them are needed."));
            at ??= asked.At;
            ids.AddRange(asked.Datasets);
            after = asked.Next;
        }
        while (after is not null);
        return (at.Value, ids);
    }

    private static async Task<List<Finding>> WaitAsync(SiloClient client, CliOutput output, List<string> ids, string? node, DateTimeOffset at, TimeSpan limit, CancellationToken ct)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        var findings = new Dictionary<string, List<Finding>>(StringComparer.Ordinal);
        var open = new Queue<string>(ids);
        var told = -1;
        while (open.Count > 0)
        {
            for (var i = open.Count; i > 0; i--)
            {
                var id = open.Dequeue();
                var detail = await client.GetAsync<DatasetAnswer>($"datasets/{id}", ct);
                findings[id] = [.. (detail?.Replicas ?? []).Where(r => node is null || r.Node == node).Select(r => new Finding(id, r.Node, Result(r, at), r.VerifiedBlocks))];
                if (findings[id].Any(f => f.Result == "waiting"))
                {
                    open.Enqueue(id);
                }
            }

            if (told != open.Count)
            {
                told = open.Count;
                await output.Messages.WriteLineAsync($"checked {ids.Count - told} of {Count(ids.Count, "dataset")}");
            }

            if (open.Count > 0)
            {
                if (time.GetElapsedTime(began) > limit)
                {
                    break;
                }

                await Task.Delay(PollEvery, time, ct);
            }
        }

        return [.. ids.SelectMany(id => findings[id])];
    }

    // A finding counts only when it is newer than the question; a copy that is still on its way, or whose node is silent, has nothing to be read.
    private static string Result(ReplicaView r, DateTimeOffset at) => r.State switch
    {
        "verified" when r.VerifiedAt >= at && r.VerifiedFull => "verified",
        "corrupt" or "missing" => r.State,
        "unreachable" or "assigned" => r.State,
        _ => "waiting",
    };

    private static void Print(TextWriter text, List<string> ids, List<Finding> found)
    {
        foreach (var f in found.Where(f => f.Result != "verified"))
        {
            text.WriteLine($"  {f.Dataset[..10]}… on {f.Node}: {f.Result}");
        }

        var good = found.Where(f => f.Result == "verified").ToList();
        text.WriteLine($"{Count(ids.Count, "dataset")}: {good.Count} of {Count(found.Count, "replica")} read and matched ({good.Sum(f => f.Blocks ?? 0)} blocks).");
    }

    private static string Count(int n, string word) => n == 1 ? $"1 {word}" : $"{n} {word}s";

    /// <summary>The part of <c>GET /datasets/{id}</c> that matters here.</summary>
    internal sealed record DatasetAnswer(IReadOnlyList<ReplicaView> Replicas);

    /// <summary>What a check found: <c>verified|corrupt|missing|unreachable|assigned|waiting</c>.</summary>
    internal sealed record Finding(string Dataset, string Node, string Result, long? Blocks);
}
