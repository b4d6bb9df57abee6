using System.Security.Cryptography;
using Etdb.Cli.CommandLine;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Domain.Replication;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Scripts;
using Etdb.Silo.Api;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace Etdb.Cli.Demo;

/// <summary>Everything the demo runs, in one process on loopback: the development chain, the nodes, the silo. All of it goes on where it stopped.</summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    private const int FirstBlocks = 120; // 100 until a coinbase may be spent, and some coins.
    private static readonly TimeSpan BlockEvery = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stopping = new();
    private readonly DevelopmentChain _chain;
    private readonly DevChainRpcServer _rpc;
    private Task _mining = Task.CompletedTask;

    private DemoWorld(DevelopmentChain chain, DevChainRpcServer rpc, FloKey labKey, DemoNodes nodes, IReadOnlyList<DemoMember> members)
        => (_chain, _rpc, LabKey, Nodes, Members) = (chain, rpc, labKey, nodes, members);

    public FloKey LabKey { get; }

    public DemoNodes Nodes { get; }

    public IReadOnlyList<DemoMember> Members { get; }

    public WebApplication Silo { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    public DevChainRpcServer Ledger => _rpc;

    public ICatalogue Catalogue => Silo.Services.GetRequiredService<ICatalogue>();

    public static async Task<DemoWorld> StartAsync(DemoSettings settings, DataFolder folder, DemoVoice voice, TimeProvider time, CancellationToken ct)
    {
        var chain = DevelopmentChain.Open(new DevelopmentChainOptions { DataFolder = folder.At("chain") }, time);
        var rpc = await DevChainRpcServer.StartAsync(chain, new DevChainRpcOptions(), time, ct);
        var world = new DemoWorld(chain, rpc, await LabKeyAsync(folder, ct), new DemoNodes(folder, time), DemoMembers.First(settings.Members));
        try
        {
            world.StartMining(ct);
            await Task.WhenAll(world.Members.Select(m => m.Node).Append(DemoNodes.Lab).Select(n => world.Nodes.StartAsync(n, ct)));
            voice.Say("start", $"development chain at height {chain.Tip.Height}, {settings.Members} members' nodes and the lab's node answer");
            await world.StartSiloAsync(settings, folder, voice, ct);
            await world.RegisterAsync(ct);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Silo is not null)
        {
            await Silo.StopAsync(CancellationToken.None);
            await Silo.DisposeAsync();
        }

        await Nodes.DisposeAsync();
        await _stopping.CancelAsync();
        await _mining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _rpc.DisposeAsync();
        _chain.Dispose();
        LabKey.Dispose();
        _stopping.Dispose();
    }

    private static async Task<FloKey> LabKeyAsync(DataFolder folder, CancellationToken ct)
    {
        // The demo's passphrase lies beside its key, like any demo's; a lab's does not.
        var (path, secret) = (folder.At("lab", "key.json"), folder.At("lab", "passphrase"));
        Directory.CreateDirectory(folder.At("lab"));
        if (!File.Exists(secret))
        {
            await File.WriteAllTextAsync(secret + ".new", RandomNumberGenerator.GetHexString(32, lowercase: true), ct);
            File.Move(secret + ".new", secret);
        }

        var passphrase = await File.ReadAllTextAsync(secret, ct);
        if (!File.Exists(path))
        {
            using var key = FloKey.Generate();
            await KeyFile.CreateAsync(path, key, FloNetwork.Development, passphrase, ct);
        }

        return (await KeyFile.OpenAsync(path, passphrase, ct)).Key;
    }

    private void StartMining(CancellationToken ct)
    {
        var lab = LabKey.Address(FloNetwork.Development).ToScript();
        if (_chain.Tip.Height < FirstBlocks)
        {
            _chain.Mine(FirstBlocks - _chain.Tip.Height, lab, default, ct);
            _chain.Flush();
        }

        using var miner = FloKey.FromSecret(SHA256.HashData("etdb demo miner"u8));
        _mining = _chain.MineByTimerAsync(BlockEvery, miner.Address(FloNetwork.Development).ToScript(), emptyBlocks: false, _stopping.Token);
    }

    private async Task StartSiloAsync(DemoSettings settings, DataFolder folder, DemoVoice voice, CancellationToken ct)
    {
        var options = new SiloOptions
        {
            DataFolder = folder.At("silo"),
            Listen = $"http://127.0.0.1:{settings.Port}",
            Network = FloNetwork.Development.Name,
            LedgerRpc = _rpc.Endpoint.ToString(),
            Security = new SecurityOptions { Nodes = new NodesOptions { AllowedNetworks = ["127.0.0.0/8", "::1/128"] } },
        };
        Silo = SiloHost.Build(options, _rpc.ClientOptions(), DemoReplication.Configure(settings.Target, settings.Once), builder =>
        {
            builder.Services.AddSingleton(new DemoSwitch { Enabled = true });
            builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
            builder.Logging.Services.Configure<Microsoft.Extensions.Logging.LoggerFilterOptions>(o => o.MinLevel = Microsoft.Extensions.Logging.LogLevel.Warning);
        });
        DemoEndpoints.Map(Silo, this, voice);
        try
        {
            await Silo.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CliException($"port {settings.Port} is in use; stop what listens there, or choose another with --port (0 takes a free one).", e);
        }

        Address = new Uri(Silo.Urls.First());
        voice.Events = Silo.Services.GetRequiredService<CatalogueEvents>();
    }

    private async Task RegisterAsync(CancellationToken ct)
    {
        var grains = Silo.Services.GetRequiredService<IGrainFactory>();
        foreach (var member in Members)
        {
            ct.ThrowIfCancellationRequested();
            await grains.GetGrain<IMemberGrain>(member.Id).Register(new MemberRegistration(member.Name, member.Country, null, null, null, Probation: false));
            await grains.GetGrain<INodeGrain>(member.Node).Register(Registration(member.Id, member.Country, member.Node, sourceOnly: false));
        }

        await grains.GetGrain<IMemberGrain>("demo-lab").Register(new MemberRegistration(DemoMembers.LabName, "", null, null, null, Probation: false));
        await grains.GetGrain<INodeGrain>(DemoNodes.Lab).Register(Registration("demo-lab", "XX", DemoNodes.Lab, sourceOnly: true));
    }

    private NodeRegistration Registration(string member, string country, string node, bool sourceOnly)
        => new(new MemberId(member), "main", country, [], Nodes.Endpoint(node), null, sourceOnly);
}
