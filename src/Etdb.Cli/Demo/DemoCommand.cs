using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Grains.Ledger;
using Etdb.Ledger.Flo;
using Etdb.Silo.Hosting;
using Etdb.Storage.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Etdb.Cli.Demo;

/// <summary><c>etdb demo</c>: the main job on one machine, with nothing but what is in this repository.</summary>
internal static class DemoCommand
{
    private const int MostDatasets = 1000;

    private static readonly Option<bool> Once = new("--once") { Description = "Play the whole story by itself and end." };
    private static readonly Option<FileInfo?> Json = new("--json") { Description = "Write the report of --once to this file.", HelpName = "FILE" };
    private static readonly Option<int> Datasets = new("--datasets") { Description = $"Datasets the lab publishes (1..{MostDatasets}).", DefaultValueFactory = _ => 12 };
    private static readonly Option<int> Members = new("--members") { Description = $"Member institutions, one node each (1..{DemoMembers.Most}).", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Target = new("--target") { Description = "Verified copies wanted of each dataset, on distinct members.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Port = new("--port") { Description = "Port of the dashboard; 0 takes a free one.", DefaultValueFactory = _ => 8420 };
    private static readonly Option<DirectoryInfo?> Data = new("--data") { Description = "Keep everything in this folder and go on from it; default: a temporary folder.", HelpName = "DIR" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the simulated tomograms and of what is broken.", DefaultValueFactory = _ => 1 };

    public static Command Build() => new Command("demo", "Run the whole system on this machine: a lab publishes, members replicate, things break and heal.") { Once, Json, Datasets, Members, Target, Port, Data, Seed }
        .WithExamples("etdb demo", "etdb demo --data ~/etdb-demo", "etdb demo --once --json report.json --datasets 6")
        .Does((result, output, ct) => RunAsync(Read(result), output, TimeProvider.System, ct));

    private static DemoSettings Read(ParseResult result)
    {
        var settings = new DemoSettings
        {
            Once = result.GetValue(Once),
            ReportPath = result.GetValue(Json)?.FullName,
            Datasets = Within(result, Datasets, 1, MostDatasets),
            Members = Within(result, Members, 1, DemoMembers.Most),
            Target = Within(result, Target, 1, DemoMembers.Most),
            Port = Within(result, Port, 0, 65535),
            DataFolder = result.GetValue(Data)?.FullName,
            Seed = result.GetValue(Seed),
            RealData = RealData(),
        };
        if (settings.Once && settings.Target > settings.Members - 1)
        {
            throw new CliException($"--once loses a disk and heals: {settings.Target} copies on distinct members need at least {settings.Target + 1} members, not {settings.Members}. Raise --members or lower --target.");
        }

        return settings;
    }

    private static int Within(ParseResult result, Option<int> option, int least, int most)
    {
        var value = result.GetValue(option);
        return value >= least && value <= most ? value : throw new CliException($"{option.Name} is {value}; it takes {least} to {most}.");
    }

    // The real maps lie beside a checkout of the project; ETDB_DEMO_DATA names them elsewhere. Without them all datasets are simulated.
    private static string? RealData()
    {
        if (Environment.GetEnvironmentVariable("ETDB_DEMO_DATA") is { Length: > 0 } given)
        {
            return Directory.Exists(given) ? given : throw new CliException($"ETDB_DEMO_DATA names '{given}', which is not a folder.");
        }

        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Etdb.Orleans.sln")))
            {
                return new[] { Path.Combine(at.FullName, "data"), Path.GetFullPath(Path.Combine(at.FullName, "../shared/data")) }.FirstOrDefault(Directory.Exists);
            }
        }

        return null;
    }

    private static async Task<int> RunAsync(DemoSettings settings, CliOutput output, TimeProvider time, CancellationToken ct)
    {
        RequirePort(settings.Port);
        DemoSpace.Require(settings.DataFolder ?? Path.GetTempPath(), settings);
        var temporary = settings.DataFolder is null ? Directory.CreateTempSubdirectory("etdb-demo-").FullName : null;
        try
        {
            using var folder = DataFolder.Open(settings.DataFolder ?? temporary!, "demo");
            var voice = new DemoVoice(output.Answer, time);
            return await PlayAsync(settings, folder, voice, time, ct);
        }
        finally
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    private static async Task<int> PlayAsync(DemoSettings settings, DataFolder folder, DemoVoice voice, TimeProvider time, CancellationToken ct)
    {
        voice.Say("start", $"grain runtime {GrainRuntimeInfo.Name}, data in {folder.Path}");
        try
        {
            await using var world = await DemoWorld.StartAsync(settings, folder, voice, time, ct);
            voice.Say("start", $"dashboard at {world.Address}");
            var ids = await new DemoLab(world, settings, folder, voice, time).PublishAsync(ct);
            var story = new DemoStory(world, settings, voice, time);
            await story.WaitHealthyAsync(ids, ct);
            if (!settings.Once)
            {
                voice.Say("idle", $"all {ids.Count} datasets have {settings.Target} verified copies. Break something at {world.Address}demo; Ctrl-C stops.");
                await Task.Delay(Timeout.InfiniteTimeSpan, time, ct);
            }

            var incidents = await story.BreakAndHealAsync(ids, ct);
            var verification = await story.VerifyAsync(ids, ct);
            var report = await ReportAsync(world, ids, incidents, verification, voice, ct);
            Write(settings.ReportPath, report);
            var good = report.After is { Degraded: 0, Lost: 0 } && verification.Bad == 0;
            voice.Say("idle", good ? $"done: {report.After.Healthy} datasets healthy, nothing lost" : "done, but not everything is whole: see the report");
            return good ? CliExit.Done : CliExit.No;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            voice.Say("idle", settings.DataFolder is null ? "stopped" : $"stopped; 'etdb demo --data {settings.DataFolder}' goes on from here");
            return settings.Once ? CliExit.Interrupted : CliExit.Done;
        }
    }

    private static async Task<DemoReport> ReportAsync(
        DemoWorld world, IReadOnlyList<string> ids, IReadOnlyList<DemoIncident> incidents, DemoVerification verification, DemoVoice voice, CancellationToken ct)
    {
        var ledger = await world.Silo.Services.GetRequiredService<IGrainFactory>().GetGrain<ILedgerGrain>(FloNetwork.Development.Name).Get();
        var datasets = await Task.WhenAll(ids.Select(id => world.Catalogue.DatasetAsync(id, ct)));
        var counts = (await world.Catalogue.HealthAsync(ct)).Datasets;
        long Count(params ReadOnlySpan<string> states)
        {
            long sum = 0;
            foreach (var state in states)
            {
                sum += counts.TryGetValue(state, out var n) ? n : 0;
            }

            return sum;
        }

        return new DemoReport(
            GrainRuntimeInfo.Name,
            new DemoLedger(ledger.Height, ledger.Transactions, ledger.Records),
            [.. datasets.Select(d => new DemoDataset(
                d!.Dataset.Id, d.Dataset.Title, d.Dataset.Root!, d.Dataset.Bytes, [.. d.Replicas.Select(r => new DemoReplica(r.Node, r.Member, r.State, r.VerifiedAt))]))],
            incidents,
            new DemoAfter(Count("healthy"), Count("degraded", "endangered", "pending"), Count("lost")),
            verification,
            Math.Round(voice.Seconds, 2));
    }

    private static void Write(string? path, DemoReport report)
    {
        if (path is null)
        {
            return;
        }

        var temporary = path + ".new";
        File.WriteAllText(temporary, JsonSerializer.Serialize(report, CliOutput.JsonOptions));
        File.Move(temporary, path, overwrite: true);
    }

    private static void RequirePort(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new CliException($"port {port} is in use; stop what listens there, or choose another with --port (0 takes a free one).", e);
        }
    }
}
