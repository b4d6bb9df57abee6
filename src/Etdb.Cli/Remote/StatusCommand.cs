using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Silo.Api;
using Spectre.Console;

namespace Etdb.Cli.Remote;

/// <summary><c>etdb status</c>: the one-page view for a terminal. Exit code 1 when any dataset is lost or endangered.</summary>
internal static class StatusCommand
{
    public static Command Build() => new Command("status", "Show how well everything is kept: datasets, replicas, nodes, repairs.")
        .WithServer()
        .WithExamples("etdb status", "etdb status --server http://archive.example:8420 --json")
        .Does(RunAsync);

    private static async Task<int> RunAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        using var client = ServerOptions.Client(result);
        var health = await Need<HealthView>(client, "health", ct);
        var cluster = await Need<JsonDocument>(client, "cluster", ct);
        var nodes = await Need<Listing<NodeView>>(client, "nodes", ct);
        var repairs = await Need<Listing<RepairView>>(client, "repairs?limit=10", ct);
        output.Write(new { health, cluster, nodes = nodes.Items, repairs = repairs.Items }, text => Print(text, health, nodes, repairs));
        return health.Datasets.Lost + health.Datasets.Endangered > 0 ? CliExit.No : CliExit.Done;
    }

    private static async Task<T> Need<T>(SiloClient client, string path, CancellationToken ct)
        where T : class
        => await client.GetAsync<T>(path, ct) ?? throw new CliException($"the server has no /api/v1/{path}; is it an etdb silo of this version?");

    private static void Print(TextWriter text, HealthView h, Listing<NodeView> nodes, Listing<RepairView> repairs)
    {
        var d = h.Datasets;
        text.WriteLine(d.Total == 0 ? "No datasets yet."
            : d.Healthy == d.Total ? $"All {d.Total} datasets have their target of verified copies."
            : $"{d.Healthy} of {d.Total} datasets have their target of verified copies; " +
              $"{d.Degraded} below target, {d.Endangered} endangered, {d.Lost} lost, {d.Pending} being replicated for the first time.");
        var r = h.Replicas;
        text.WriteLine($"Replicas: {r.Verified} verified, {r.Claimed} claimed, {r.Assigned} assigned, {r.Suspect} suspect, {r.Missing} missing, {r.Corrupt} corrupt, {r.Unreachable} unreachable.");
        text.WriteLine();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.Detect });
        var table = new Table().Border(TableBorder.Simple).AddColumns("Node", "Member", "State", "Verified", "Other", "Used");
        foreach (var n in nodes.Items)
        {
            var other = n.Replicas.Assigned + n.Replicas.Claimed + n.Replicas.Suspect + n.Replicas.Missing + n.Replicas.Corrupt + n.Replicas.Unreachable;
            table.AddRow(Markup.Escape(n.Id), Markup.Escape(n.Member), n.State, Text(n.Replicas.Verified), Text(other), Sizes.Text(n.UsedBytes));
        }

        console.Write(table);
        foreach (var repair in repairs.Items)
        {
            text.WriteLine($"  {repair.Kind} {repair.Title} on {repair.Node}: {repair.Phase}{(repair.Cause is null ? "" : $" ({repair.Cause})")}");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
