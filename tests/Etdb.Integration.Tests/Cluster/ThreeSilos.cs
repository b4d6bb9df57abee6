#if ORLEANS_MICROSOFT
using Etdb.Cli.Demo;
using Etdb.Domain.Audit;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Integration.Tests.Postgres;
using Etdb.Silo.Hosting;
using Etdb.Storage.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>Three silo processes of Microsoft Orleans on one PostgreSQL database, and a client process (this one) that calls their grains over the gateways.</summary>
public sealed class ThreeSilos(PostgresFixture postgres) : IAsyncLifetime
{
    private const int MembersCount = 5;
    private readonly List<SiloProcess> _silos = [];
    private LabWorld? _world;
    private IHost? _client;
    private PostgresDatabase? _database;
    private string? _skip;

    internal LabWorld World => _world!;

    internal IReadOnlyList<SiloProcess> Silos => _silos;

    internal IGrainFactory Grains => _client!.Services.GetRequiredService<IGrainFactory>();

    public async ValueTask InitializeAsync()
    {
        string connection;
        try
        {
            connection = await (await postgres.ServerAsync()).CreateDatabaseAsync();
        }
        catch (Exception e) when (e.GetType().Name == "SkipException" || e.Message.StartsWith("$XunitDynamicSkip$", StringComparison.Ordinal))
        {
            _skip = e.Message.Replace("$XunitDynamicSkip$", "", StringComparison.Ordinal);
            return;
        }

        _world = await LabWorld.StartAsync(MembersCount, CancellationToken.None);
        foreach (var name in new[] { "silo-a", "silo-b", "silo-c" })
        {
            _silos.Add(new SiloProcess(name, SiloConfig.Write(_world, name, connection)));
        }

        await Task.WhenAll(_silos.Select(s => s.StartAsync()));
        await Task.WhenAll(_silos.Select(s => s.WaitReadyAsync(CancellationToken.None)));
        _database = new PostgresDatabase(new PostgresOptions { ConnectionString = connection });
        await StartClientAsync();
        await RegisterAsync();
    }

    /// <summary>The cluster with all of its silos running, or a skipped test.</summary>
    internal async Task<ThreeSilos> WholeAsync(CancellationToken ct)
    {
        Assert.SkipWhen(_skip is not null, _skip ?? "");
        foreach (var silo in _silos.Where(s => !s.Running))
        {
            await silo.StartAsync();
        }

        await Task.WhenAll(_silos.Select(s => s.WaitReadyAsync(ct)));
        return this;
    }

    /// <summary>Waits until every one of these datasets has its target of verified copies, as that silo shows it.</summary>
    internal static async Task HealthyAsync(SiloProcess silo, IReadOnlyCollection<string> datasets, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        var open = datasets.ToDictionary(d => d, _ => "unknown");
        try
        {
            while (open.Count > 0)
            {
                foreach (var id in open.Keys.ToList())
                {
                    try
                    {
                        var dataset = await silo.GetAsync($"api/v1/datasets/{id}", limit.Token);
                        open[id] = dataset.GetProperty("state").GetString()!;
                    }
                    catch (HttpRequestException e)
                    {
                        open[id] = e.Message;
                    }

                    if (open[id] == "healthy")
                    {
                        open.Remove(id);
                    }
                }

                await Task.Delay(300, limit.Token);
            }
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"Not healthy: {string.Join(", ", open.Select(o => $"{o.Key[..8]} {o.Value}"))}\n{SiloProcess.Tail(silo.Log)}", e);
        }
    }

    /// <summary>Every entry of the shared evidence log follows the one before.</summary>
    internal async Task<long> VerifyEvidenceAsync(CancellationToken ct)
    {
        using var log = new PostgresEvidenceLog(_database!);
        var head = EvidenceChain.Empty;
        await foreach (var entry in log.ReadAsync(0, ct))
        {
            var verdict = EvidenceChain.Verify(head, [entry]);
            Assert.True(verdict.Valid, verdict.Problem);
            head = EvidenceChain.HeadOf(entry);
        }

        return head.Sequence;
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.StopAsync();
            _client.Dispose();
        }

        foreach (var silo in _silos)
        {
            await silo.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }

    private async Task StartClientAsync()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.AddEtdbClusterClient(_database!, "etdb");
        _client = builder.Build();
        await _client.StartAsync();
    }

    private async Task RegisterAsync()
    {
        foreach (var member in World.Members)
        {
            await Grains.GetGrain<IMemberGrain>(member.Id).Register(new MemberRegistration(member.Name, member.Country, null, null, null, Probation: false));
            await Grains.GetGrain<INodeGrain>(member.Node).Register(Node(member.Id, member.Country, member.Node, sourceOnly: false));
        }

        await Grains.GetGrain<INodeGrain>(DemoNodes.Lab).Register(Node("lab", "XX", DemoNodes.Lab, sourceOnly: true));
    }

    private NodeRegistration Node(string member, string country, string node, bool sourceOnly) =>
        new(new MemberId(member), "main", country, [], World.Nodes.Endpoint(node), null, sourceOnly);
}
#endif
