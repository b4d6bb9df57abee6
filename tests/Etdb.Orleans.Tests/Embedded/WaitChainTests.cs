using Etdb.Orleans.Embedded.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>Which waits are called a deadlock, and which are not.</summary>
public sealed class WaitChainTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly KeptLogs _logs = new();

    [Fact]
    public void A_deadlock_behind_one_of_several_calls_is_found_named_with_its_methods_and_logged()
    {
        using var silo = Silo();
        var failure = Assert.Throws<TimeoutException>(() => silo.Run(() => silo.Grains.GetGrain<IBusyGrain>("all").AskAll("slow", "back")));
        Assert.Contains(" DEADLOCK: busy/all -> busy/back -> busy/all.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("IBusy.AskAll on busy/all", failure.Message, StringComparison.Ordinal);
        Assert.Contains("IBusy.AskBusy on busy/back", failure.Message, StringComparison.Ordinal);
        Assert.Contains(_logs.Lines, static l => l.StartsWith("Grains wait for each other", StringComparison.Ordinal) && l.Contains("busy/all -> busy/back", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chain_that_comes_back_to_a_grain_whose_calls_interleave_is_slow_and_no_deadlock()
    {
        using var silo = Silo();
        var failure = Assert.Throws<TimeoutException>(() => silo.Run(() => silo.Grains.GetGrain<IOpenGrain>("open").Begin("between", TimeSpan.Zero, Long)));
        Assert.DoesNotContain("DEADLOCK", failure.Message, StringComparison.Ordinal);
        Assert.Contains("It waits for: open/open -> busy/between.", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_logs.Lines, static l => l.StartsWith("Grains wait for each other", StringComparison.Ordinal));
    }

    [Fact]
    public void A_grain_that_waits_for_one_that_is_slow_is_no_deadlock()
    {
        using var silo = Silo();
        var failure = Assert.Throws<TimeoutException>(() => silo.Run(() => silo.Grains.GetGrain<IBusyGrain>("waits").AskBusy("slow", Long)));
        Assert.DoesNotContain("DEADLOCK", failure.Message, StringComparison.Ordinal);
        Assert.Contains("It waits for: busy/waits -> busy/slow.", failure.Message, StringComparison.Ordinal);
    }

    private SimulatedSilo Silo() => new(new SimulationOptions { Seed = 9 }, builder =>
    {
        builder.Services.AddKeyedSingleton<IGrainStorage>("Default", new MemoryGrainStorage());
        builder.Services.AddSingleton<ILoggerProvider>(_logs);
    });
}
