using Etdb.Grains;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Silo.Hosting;
using Etdb.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>A grain that was beginning while its silo is stopped is called off by the runtime, with an error for each: nobody is to be woken by a stop in order.</summary>
public sealed class StopAwareLogsTests
{
    private const string OfRuntime = "Orleans.Grain";

    public static TheoryData<bool, string, string, LogLevel> Entries => new()
    {
        { true, OfRuntime, "called off", LogLevel.Information },
        { true, OfRuntime, "called off within", LogLevel.Information },
        { false, OfRuntime, "called off", LogLevel.Error },
        { true, OfRuntime, "broken", LogLevel.Warning },
        { true, OfRuntime, "nothing", LogLevel.Warning },
        { false, OfRuntime, "broken", LogLevel.Error },
        { true, "Etdb.Silo.Hosting.StorageWatch", "called off", LogLevel.Error },
    };

    [Theory]
    [MemberData(nameof(Entries))]
    public void What_the_runtime_says_in_a_stop_is_no_error(bool stopping, string category, string thrown, LogLevel expected)
    {
        var stop = new SiloStop();
        using var kept = new Kept();
        using var factory = LoggerFactory.Create(b => b.AddFilter("Orleans", LogLevel.Error).Services.Add(
            new ServiceDescriptor(typeof(ILoggerProvider), new StopAwareLogs(kept, stop))));
        var log = factory.CreateLogger(category);
        if (stopping)
        {
            stop.Begin();
        }

        Exception? exception = thrown switch
        {
            "called off" => new TaskCanceledException(),
            "called off within" => new InvalidOperationException("the lifecycle", new OperationCanceledException()),
            "broken" => new IOException("disk full"),
            _ => null,
        };
        log.Log(LogLevel.Error, new EventId(7), "said", exception, (said, _) => said + " so");
        log.Log(LogLevel.Debug, new EventId(8), "said", exception, (said, _) => said + " softly");

        var (level, id, text, with) = Assert.Single(kept.Entries, e => e.Id == 7);
        Assert.Equal((expected, 7, "said so"), (level, id, text));
        Assert.Same(exception, with);
        Assert.DoesNotContain(kept.Entries, e => e.Level > LogLevel.Information && e.Id == 8);
    }

    [Fact]
    public async Task A_silo_writes_its_log_through_it_alone()
    {
        using var folder = new TemporaryFolder();
        var options = new SiloOptions { DataFolder = folder.Path, Listen = "http://127.0.0.1:0", Network = FloNetwork.Development.Name };
        await using var app = SiloHost.Build(options, new FloRpcOptions { Endpoint = new Uri("http://127.0.0.1:1") });
        Assert.IsType<StopAwareLogs>(Assert.Single(app.Services.GetServices<ILoggerProvider>()));
    }

    private sealed class Kept : ILoggerProvider, ILogger
    {
        public List<(LogLevel Level, int Id, string Text, Exception? With)> Entries { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Entries.Add((logLevel, eventId.Id, formatter(state, exception), exception));

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
