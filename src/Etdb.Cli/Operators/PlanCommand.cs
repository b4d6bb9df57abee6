using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Silo.Api;

namespace Etdb.Cli.Operators;

/// <summary>
/// <c>etdb plan --dry-run</c>: what the cluster would do now, what the loss of any member, site or country would mean, and what a year is expected to cost.
/// It only reads: the cluster itself acts on the plan, all the time.
/// </summary>
internal static class PlanCommand
{
    private const int LossesShown = 5;
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only show (the only way there is: the cluster acts by itself)." };
    private static readonly Option<int> Limit = new("--limit") { Description = "Datasets to show, 1..500.", DefaultValueFactory = _ => 20 };

    public static Command Build() => new Command("plan", "Show what the cluster would do now and why, and what a loss would mean. Changes nothing.") { DryRun, Limit }
        .WithServer()
        .WithExamples("etdb plan --dry-run", "etdb plan --dry-run --limit 100 --json")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var plan = await client.NeedAsync<PlanView>($"plan?limit={result.GetValue(Limit).ToString(CultureInfo.InvariantCulture)}", ct);
        var whatIf = await client.NeedAsync<WhatIfView>("whatif", ct);
        output.Write(new { plan, whatIf }, text =>
        {
            Open(text, plan);
            Losses(text, whatIf);
            Forecast(text, whatIf.Forecast);
        });
        return CliExit.Done;
    }

    private static void Open(TextWriter text, PlanView plan)
    {
        foreach (var brake in plan.Brakes)
        {
            text.WriteLine($"Held back ({brake.Kind}): {brake.Reason}");
        }

        text.WriteLine(plan.Open.Count == 0 ? "Nothing is to be repaired." : $"Most urgent first{(plan.More ? " (there are more: --limit)" : "")}:");
        foreach (var item in plan.Open)
        {
            text.WriteLine($"  {item.Dataset[..10]}… {item.Title}: {item.Level}, {item.Have} of {item.Target} copies. {item.Sentence}");
            foreach (var doing in item.Doing)
            {
                text.WriteLine($"    > {doing.Kind} on {doing.Node} runs since {doing.Since:u}");
            }

            foreach (var planned in item.Planned)
            {
                text.WriteLine($"    + {planned.Kind} on {planned.Node} ({planned.Reason}){(planned.Sources.Count == 0 ? "" : $" from {string.Join(", ", planned.Sources)}")}");
            }

            foreach (var wait in item.NotYet)
            {
                text.WriteLine($"    … {wait.Text}{(wait.Until is { } until ? $" Until {until:u}." : "")}");
            }
        }
    }

    private static void Losses(TextWriter text, WhatIfView whatIf)
    {
        text.WriteLine();
        text.WriteLine("If it vanished today (datasets with a copy there):");
        var worst = whatIf.Losses.Where(l => l.By != "node").GroupBy(l => l.By).SelectMany(g => g.Take(LossesShown));
        ClusterLists.Table(text, ["Loss of", "", "Kept", "Degraded", "Endangered", "Lost", "On last copy"], worst.Select(l => new[]
        {
            l.By, l.Name, Text(l.After.Healthy), Text(l.After.Degraded), Text(l.After.Endangered), Text(l.After.Lost), Text(l.LastCopies),
        }));
    }

    private static void Forecast(TextWriter text, ForecastView f)
    {
        var window = f.WindowMeasured ? "measured" : "assumed, none measured yet";
        text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Expected losses: {f.ExpectedLossesPerYear:0.##e+0} datasets a year, with {f.LossRatePerYear:0.###} losses a node and year and {f.WindowDays:0.####} days from loss to replacement ({window})."));
        foreach (var p in f.Policies)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {p.Policy}: {p.Datasets} datasets on {p.Replicas} copies, {p.ExpectedLossesPerYear:0.##e+0} a year"));
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
