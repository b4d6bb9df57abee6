using System.Collections.Concurrent;
using System.Net;
using Etdb.Integration.Tests.Cluster;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Etdb.Storage.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Integration.Tests.Postgres;

/// <summary>A machine whose clock is off, against a real server's: the silo says so before and while it runs, and goes on by itself once the clock is right.</summary>
public sealed class ClockTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clock_that_is_off_is_told_and_mended_without_hands()
    {
        var connection = await (await postgres.ServerAsync()).CreateDatabaseAsync();
        await using var world = await LabWorld.StartAsync(1, Ct);
        var clock = new ShiftedTime { Offset = TimeSpan.FromMinutes(-3) };
        var options = new SiloOptions
        {
            DataFolder = world.At("late"),
            Listen = "http://127.0.0.1:0",
            Network = "development",
            LedgerRpc = world.LedgerRpc,
            Storage = SiloOptions.PostgresStorage,
            SiloName = "late",
            Postgres = new PostgresOptions { ConnectionString = connection },
        };
        Directory.CreateDirectory(options.DataFolder);
        var said = new ConcurrentQueue<string>();
        var waiting = WaitingRoom.WaitAsync(options, clock, said.Enqueue, Ct);
        await WaitAsync(() => Task.FromResult(said.Any(s => s.Contains("a right clock", StringComparison.Ordinal) && s.Contains("180 s apart", StringComparison.Ordinal))), "the clock to be named before the start");
        clock.Offset = TimeSpan.Zero;
        await waiting.WaitAsync(Limit, Ct);

        var logs = new KeptLines();
        await using var app = SiloHost.Build(
            options,
            new FloRpcOptions { Endpoint = new Uri(world.LedgerRpc), CookieFile = world.Cookie },
            null,
            b => b.Services.AddSingleton<TimeProvider>(clock).AddSingleton<ILoggerProvider>(logs));
        await app.StartAsync(Ct);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await WaitAsync(async () => (await http.GetAsync("health/ready", Ct)).IsSuccessStatusCode, "the silo to be ready with a right clock");

        clock.Offset = TimeSpan.FromMinutes(2);
        await WaitAsync(
            async () =>
            {
                using var answer = await http.GetAsync("health/ready", Ct);
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable && (await answer.Content.ReadAsStringAsync(Ct)).Contains("a right clock", StringComparison.Ordinal);
            },
            "a clock that jumped to be named while the silo runs");
        Assert.Contains(logs.Lines, l => l.Contains("120 s apart", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health/live", Ct)).StatusCode);

        clock.Offset = TimeSpan.FromSeconds(2);
        await WaitAsync(async () => (await http.GetAsync("health/ready", Ct)).IsSuccessStatusCode, "the silo to be ready again");
        await app.StopAsync(Ct);
    }

    private static async Task WaitAsync(Func<Task<bool>> so, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(Limit);
        while (!await so())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited {Limit} for {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The machine's clock, some way off; timers run as ever.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        private long _ticks;

        public TimeSpan Offset
        {
            get => TimeSpan.FromTicks(Volatile.Read(ref _ticks));
            set => Volatile.Write(ref _ticks, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
    }

    private sealed class KeptLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
