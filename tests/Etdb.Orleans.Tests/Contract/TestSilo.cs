using System.Net;
using System.Net.Sockets;
using Etdb.Storage.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>One silo in this process on whichever runtime is built, with short time-outs and its data in a folder of its own.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(5);

    private readonly IHost _host;

    private TestSilo(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _host.Services;

    public FlakyStorage Flaky => (FlakyStorage)Services.GetRequiredKeyedService<IGrainStorage>("Flaky");

    public static async Task<TestSilo> StartAsync(string folder, Action<ISiloBuilder>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleans(silo =>
        {
            var ports = FreePorts(2);
            silo.UseLocalhostClustering(ports[0], ports[1]);
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
            silo.Configure<GrainCollectionOptions>(options =>
            {
                options.CollectionQuantum = TimeSpan.FromSeconds(0.2);
                options.CollectionAge = TimeSpan.FromSeconds(1);
            });
            silo.Configure<ReminderOptions>(static options => options.MinimumReminderPeriod = TimeSpan.FromMilliseconds(100));
            silo.AddEtdbGrainStorage(Path.Combine(folder, "grains.db"));
            silo.AddEtdbReminders(Path.Combine(folder, "grains.db"));
            silo.Services.AddKeyedSingleton<IGrainStorage>("Flaky", new FlakyStorage());
            configure?.Invoke(silo);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new TestSilo(host);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            _host.Dispose();
        }
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, static l => l.Start());
        var ports = listeners.Select(static l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        Array.ForEach(listeners, static l => l.Stop());
        return ports;
    }
}

/// <summary>A folder for one test's files, removed afterwards.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("etdb-orleans-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>The silo most contract tests share.</summary>
public sealed class SharedSilo : IAsyncLifetime
{
    private readonly TestFolder _folder = new();

    public TestSilo Silo { get; private set; } = null!;

    public IGrainFactory Grains => Silo.Grains;

    public async ValueTask InitializeAsync() => Silo = await TestSilo.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await Silo.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Runs the contract tests of one silo one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SiloCollection : ICollectionFixture<SharedSilo>
{
    public const string Name = "one silo";
}
