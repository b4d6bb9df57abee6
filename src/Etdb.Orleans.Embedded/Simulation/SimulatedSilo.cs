using Etdb.Orleans.Embedded.Engine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>
/// The grain runtime on a <see cref="SeededScheduler"/> and a <see cref="VirtualTimeProvider"/>: real grain classes, real calls, no threads, no waiting.
/// It can be crashed between any two turns (that is, at any await of any grain) and started again on whatever storage the configuration hands it.
/// </summary>
/// <example><code>
/// var storage = new MemoryGrainStorage();
/// using var silo = new SimulatedSilo(new SimulationOptions { Seed = 7 }, builder => builder.Services.AddKeyedSingleton&lt;IGrainStorage&gt;("Default", storage));
/// silo.Run(() => silo.Grains.GetGrain&lt;ICounterGrain&gt;("a").Increment());
/// silo.AdvanceBy(TimeSpan.FromDays(365));
/// silo.Crash();
/// silo.Start();
/// </code></example>
public sealed class SimulatedSilo : IDisposable
{
    private readonly SimulationOptions _options;
    private readonly Action<ISiloBuilder> _configure;
    private readonly TurnQueue _client;
    private Life? _life;

    /// <summary>Starts a silo. <paramref name="configure"/> runs again for each start; what must outlive a crash (storage, the simulated world) is made outside it.</summary>
    public SimulatedSilo(SimulationOptions options, Action<ISiloBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        _options = options;
        _configure = configure;
        Time = new VirtualTimeProvider(options.Start);
        Scheduler = new SeededScheduler(options.Seed, Time);
        _client = new TurnQueue(new SiloPump(Scheduler), owner: null);
        Start();
    }

    /// <summary>The silo's clock. Give it to everything the grains use.</summary>
    public VirtualTimeProvider Time { get; }

    /// <summary>Chooses what runs next.</summary>
    public SeededScheduler Scheduler { get; }

    /// <summary>Between a start and the next crash or stop.</summary>
    public bool IsRunning => _life is not null;

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>Makes references to grains of the running silo; references from before a crash stay with the dead one and fail.</summary>
    public IGrainFactory Grains => Current.Runtime.Factory;

    /// <summary>Services of the running silo.</summary>
    public IServiceProvider Services => Current.Services;

    /// <summary>Grains that are active now.</summary>
    public int ActivationCount => _life?.Runtime.ActivationCount ?? 0;

    /// <summary>Activations the collector keeps in memory: those that are active, and those that ended since it last looked.</summary>
    public int WatchedActivations => _life?.Runtime.Collector.Watched ?? 0;

    private Life Current => _life ?? throw new InvalidOperationException("The simulated silo is down: start it first.");

    /// <summary>Starts it, again after a crash or stop: services are made anew, reminders are read from their store.</summary>
    public void Start()
    {
        if (_life is not null)
        {
            throw new InvalidOperationException("The simulated silo is running already.");
        }

        var pump = new SiloPump(Scheduler);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<ITurnPump>(pump);
        EmbeddedSilo.AddServices(services);
        _configure(new EmbeddedSiloBuilder(services, new ConfigurationBuilder().Build()));
        var provider = services.BuildServiceProvider();
        _life = new Life(pump, provider, provider.GetRequiredService<GrainRuntime>());
        Starts++;
        Run(async () =>
        {
            foreach (var service in provider.GetServices<IHostedService>())
            {
                await service.StartAsync(CancellationToken.None);
            }
        });
    }

    /// <summary>The process dies between two turns: activations, turns under way, timers and unanswered calls are gone, no last turns run, storage
    /// keeps what was acknowledged. Callers outside grains get <see cref="global::Orleans.Runtime.SiloUnavailableException"/>.</summary>
    public void Crash()
    {
        var life = Current;
        _life = null;
        life.Pump.Kill();
        life.Runtime.Crash();
    }

    /// <summary>Ends it in order, as a host does on Ctrl-C: drained, every grain deactivated.</summary>
    public void Stop()
    {
        var life = Current;
        Run(async () =>
        {
            foreach (var service in life.Services.GetServices<IHostedService>().Reverse())
            {
                await service.StopAsync(CancellationToken.None);
            }
        });
        life.Pump.Kill();
        _life = null;
    }

    /// <summary>Runs code outside grains, and the simulation with it, until the code's task has ended; the clock moves on only when nothing can run.</summary>
    public void Run(Func<Task> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        Run(async () =>
        {
            await code();
            return true;
        });
    }

    /// <inheritdoc cref="Run(Func{Task})"/>
    public T Run<T>(Func<Task<T>> code)
    {
        ArgumentNullException.ThrowIfNull(code);
        Task<T>? task = null;
        _client.Enqueue(new ActionTurn(_ => task = Begin(code), this));
        var outcome = Scheduler.Pump(Time.GetUtcNow() + _options.RunLimit, _options.StepLimit, () => task is { IsCompleted: true });
        if (task is not { IsCompleted: true })
        {
            throw new TimeoutException(outcome == PumpOutcome.StepLimit
                ? $"The code did not end within {_options.StepLimit} steps."
                : $"The code did not end within {_options.RunLimit} of virtual time. {Stuck()}");
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>Runs whatever can run now; the clock stands still. With <paramref name="maxSteps"/> it can be stopped at any turn.</summary>
    public PumpOutcome RunUntilIdle(long? maxSteps = null) => Checked(Scheduler.RunUntilIdle(maxSteps ?? _options.StepLimit), maxSteps);

    /// <summary>Moves the clock, running everything that falls due on the way.</summary>
    public PumpOutcome AdvanceBy(TimeSpan time, long? maxSteps = null) => AdvanceTo(Time.GetUtcNow() + time, maxSteps);

    /// <inheritdoc cref="AdvanceBy"/>
    public PumpOutcome AdvanceTo(DateTimeOffset until, long? maxSteps = null) =>
        Checked(Scheduler.AdvanceTo(until, maxSteps ?? _options.StepLimit), maxSteps);

    /// <summary>The calls that wait for an answer, for people.</summary>
    public string Stuck()
    {
        var calls = _life?.Runtime.PendingCalls() ?? [];
        return calls.Count == 0 ? "No grain call is pending." : $"Pending: {string.Join("; ", calls.Take(20).Select(static c => c.Description))}.";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_life is not null)
        {
            Crash();
        }
    }

    private static Task<T> Begin<T>(Func<Task<T>> code)
    {
        try
        {
            return code();
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(failure);
        }
    }

    private PumpOutcome Checked(PumpOutcome outcome, long? maxSteps) =>
        outcome == PumpOutcome.StepLimit && maxSteps is null
            ? throw new TimeoutException($"The simulation did not come to rest within {_options.StepLimit} steps. {Stuck()}")
            : outcome;

    private sealed record Life(SiloPump Pump, ServiceProvider Services, GrainRuntime Runtime);
}
