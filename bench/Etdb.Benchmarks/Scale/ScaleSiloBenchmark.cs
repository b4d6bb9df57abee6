using System.Globalization;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// The silo that <c>bench scale</c> starts and measures: the product's own composition (storage, grains, API, metrics) with the ledger's log
/// of a synthetic world. Not run by hand. Arguments: <c>--data DIR --datasets N --nodes PORT --register --edits N</c>.
/// </summary>
public static class ScaleSiloBenchmark
{
    /// <summary>Runs until it is told to stop; prints the address it listens on.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        var world = new SyntheticWorld(ScaleArguments.Number(args, "--datasets", 10_000));
        var options = ScaleStorage.Options(ScaleArguments.Text(args, "--data", ""));
        (options.Listen, options.Network, options.LedgerRpc) = ("http://127.0.0.1:0", "regtest", "http://127.0.0.1:9");
        options.Security = new SecurityOptions { Nodes = new NodesOptions { AllowedNetworks = ["127.0.0.0/8"] } };
        var edits = ScaleArguments.Number(args, "--edits", 0);
        await using var app = SiloHost.Build(
            options,
            new FloRpcOptions { Endpoint = new Uri(options.LedgerRpc) },
            replication =>
            {
                replication.Target = SyntheticWorld.Replicas;
                replication.JobLease = TimeSpan.FromSeconds(30); // After a start nodes take new transfers one lease later.
                replication.InSlots = replication.OutSlots = ScaleArguments.Number(args, "--slots", replication.InSlots);
            },
            builder => builder.Services.AddSingleton<ILedgerFeed>(p => new SyntheticFeed(world, edits, p.GetRequiredService<TimeProvider>())));
        app.MapPost("/bench/look", (IGrainFactory grains) => grains.GetGrain<IClusterGrain>(IClusterGrain.Key).Look()).Open();
        using var pauses = new GcPauses();
        app.MapPost("/bench/pauses", () => pauses.Take()).Open();
        await app.StartAsync(ct);
        if (args.Contains("--register"))
        {
            await RegisterAsync(app.Services.GetRequiredService<IGrainFactory>(), ScaleArguments.Number(args, "--nodes", 0));
        }

        await output.WriteLineAsync($"listening {app.Urls.First()}");
        await output.FlushAsync(ct);
        await app.WaitForShutdownAsync(ct);
        return 0;
    }

    private static async Task RegisterAsync(IGrainFactory grains, int firstPort)
    {
        for (var member = 0; member <= SyntheticWorld.Members; member++)
        {
            await grains.GetGrain<IMemberGrain>(SyntheticWorld.MemberName(member)).Register(new MemberRegistration($"Member {member}", "XX", null, null, null, Probation: false));
        }

        await Task.WhenAll(Enumerable.Range(0, SyntheticWorld.Nodes + SyntheticWorld.Labs).Select(node =>
        {
            var endpoint = new NodeEndpoint(SyntheticWorld.NodeId(node), string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{firstPort + node}"), null, null);
            var registration = new NodeRegistration(new MemberId(SyntheticWorld.MemberName(SyntheticWorld.MemberOf(node))), "main", "XX", [], endpoint, null, SourceOnly: node >= SyntheticWorld.Nodes);
            return grains.GetGrain<INodeGrain>(SyntheticWorld.NodeName(node)).Register(registration);
        }));
    }
}
