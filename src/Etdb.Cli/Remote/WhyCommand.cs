using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Silo.Api;

namespace Etdb.Cli.Remote;

/// <summary><c>etdb why ID</c>: every replica, what is wanted, what is done, why not yet, when next. Exit code 1 when the dataset is not healthy.</summary>
internal static class WhyCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "Id of the dataset; its first 6 digits will do." };

    public static Command Build() => new Command("why", "Say why a dataset stands as it does, and what is done about it.") { Id }
        .WithServer()
        .WithExamples("etdb why 763dc92d13", "etdb why 763dc9 --json")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var id = result.GetValue(Id)!;
        var why = await client.GetAsync<WhyView>($"datasets/{Uri.EscapeDataString(id)}/why", ct)
            ?? throw new CliException($"no dataset, or more than one, begins with '{id}'. Ids are 64 hex digits, at least 6 of them are needed.");
        output.Write(why, text => Print(text, why));
        return why.State == "healthy" ? CliExit.Done : CliExit.No;
    }

    private static void Print(TextWriter text, WhyView why)
    {
        text.WriteLine($"{why.Title} ({why.Id[..10]}…): {why.State}");
        text.WriteLine(why.Sentence);
        text.WriteLine($"Wanted: {why.Wanted.Target} verified copies, distinct by {why.Wanted.DistinctBy}; there are {why.Wanted.Have}.");
        foreach (var r in why.Replicas)
        {
            var proof = r.VerifiedAt is { } at ? $", last verified {at:u}" : "";
            text.WriteLine($"  {(r.Counts ? "+" : "-")} {r.Node} ({r.Member ?? "no member"}): {r.State}{proof}. {r.Why}");
        }

        foreach (var d in why.Doing)
        {
            text.WriteLine($"  > {d.Kind} on {d.Node} since {d.Since:u}, attempt {d.Attempts}{(d.Sources.Count == 0 ? "" : $", from {string.Join(", ", d.Sources)}")}");
        }

        foreach (var n in why.NotYet)
        {
            text.WriteLine($"  … {n.Text}{(n.Until is { } until ? $" Until {until:u}." : "")}");
        }

        if (why.NextAt is { } next)
        {
            text.WriteLine($"Looked at again by {next:u}.");
        }
    }
}
