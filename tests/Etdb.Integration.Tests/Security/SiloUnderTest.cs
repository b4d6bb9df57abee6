using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Integration.Tests.Security;

/// <summary>A silo in this process on a chain of its own, with everything it logs kept.</summary>
public sealed class SiloUnderTest : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KeptLogs _logs = new();
    private DevelopmentChain? _chain;
    private DevChainRpcServer? _rpc;

    /// <summary>The running silo.</summary>
    public WebApplication App { get; private set; } = null!;

    /// <summary>Where it answers.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The first admin's token; null where none is needed.</summary>
    public string? Admin { get; private set; }

    /// <summary>Its data folder.</summary>
    public string DataFolder => _folder.At("silo");

    /// <summary>Everything logged so far.</summary>
    public string Logged => string.Join('\n', _logs.Lines);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Starts one; <paramref name="change"/> sets its options. It looks for blocks every second, or as often as <paramref name="poll"/> says.</summary>
    public static async Task<SiloUnderTest> StartAsync(Action<SiloOptions> change, TimeSpan? poll = null)
    {
        var silo = new SiloUnderTest();
        try
        {
            await silo.BeginAsync(change, poll ?? TimeSpan.FromSeconds(1));
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Mines a block on its chain and gives its id.</summary>
    public string Mine() => _chain!.Mine(1, new byte[] { 0x51 }, default, Ct)[0].Hash.ToString();

    /// <summary>Mines a block whose coinbase bears that comment and gives the coinbase's id.</summary>
    public string MineComment(ReadOnlyMemory<byte> comment) => _chain!.Read(_chain.Mine(1, new byte[] { 0x51 }, comment, Ct)[0]).Transactions[0].Txid.ToString();

    /// <summary>A client that shows that token; none with null.</summary>
    public HttpClient Client(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(90) };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Makes a token of those grants.</summary>
    public async Task<string> TokenAsync(params string[] grants)
    {
        using var admin = Client(Admin);
        var answer = await admin.PostAsJsonAsync("api/v1/tokens", new { name = "test", grants }, Ct);
        Assert.Equal(201, (int)answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("token").GetString()!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (App is not null)
        {
            await App.StopAsync(CancellationToken.None);
            await App.DisposeAsync();
        }

        if (_rpc is not null)
        {
            await _rpc.DisposeAsync();
        }

        _chain?.Dispose();
        _folder.Dispose();
    }

    private async Task BeginAsync(Action<SiloOptions> change, TimeSpan poll)
    {
        _chain = DevelopmentChain.Open(new DevelopmentChainOptions { DataFolder = _folder.At("chain") }, TimeProvider.System);
        _rpc = await DevChainRpcServer.StartAsync(_chain, new DevChainRpcOptions(), TimeProvider.System, Ct);
        var options = new SiloOptions
        {
            DataFolder = DataFolder,
            Listen = "http://127.0.0.1:0",
            Network = FloNetwork.Development.Name,
            LedgerRpc = _rpc.Endpoint.ToString(),
            Security = new SecurityOptions { Nodes = new NodesOptions { AllowedNetworks = ["127.0.0.0/8"] } },
        };
        change(options);
        Directory.CreateDirectory(DataFolder);
        App = SiloHost.Build(
            options,
            _rpc.ClientOptions(),
            o => (o.ProbeInterval, o.ProbeTimeout, o.ScanInterval, o.LedgerPollInterval, o.SuspectAfter, o.UnreachableAfter) =
                (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2), poll, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)),
            builder => builder.Services.AddSingleton<ILoggerProvider>(_logs).Configure<LoggerFilterOptions>(o => o.MinLevel = LogLevel.Trace));
        await App.StartAsync(Ct);
        Address = new Uri(App.Urls.First());
        await WaitAsync(() => Task.FromResult(App.Services.GetRequiredService<SiloReadiness>().WaitingFor is null), "the silo to be ready");
        if (options.Security.Access.Authentication == "tokens")
        {
            var path = Path.Combine(DataFolder, "admin.token");
            await WaitAsync(() => Task.FromResult(File.Exists(path)), "the first admin's token");
            Admin = SecretFiles.Read(path);
            using var client = Client(Admin);
            await WaitAsync(async () => (await client.GetAsync("api/v1/session", Ct)).IsSuccessStatusCode, "the first admin's token to hold");
        }
    }

    /// <summary>Waits, generously, until it is so.</summary>
    public static async Task WaitAsync(Func<Task<bool>> so, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Ct);
        while (!await so())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited two minutes for {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class KeptLogs : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Kept(Lines, categoryName);

        public void Dispose()
        {
        }
    }

    private sealed class Kept(ConcurrentQueue<string> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => lines.Enqueue($"{category}: {formatter(state, exception)} {exception}");
    }
}
