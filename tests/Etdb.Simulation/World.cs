using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ports;
using Etdb.Grains.State;
using Etdb.Orleans.Embedded;
using Etdb.Orleans.Embedded.Simulation;
using Etdb.Simulation.Checks;
using Etdb.Simulation.Model;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Simulation;

/// <summary>
/// A small world: the truth about disks, nodes, network and ledger on one side, a silo with the real grains on the other. All that the
/// silo learns of the world goes through the ports; all time is virtual; all chance comes from one seed.
/// </summary>
internal sealed class World : IDisposable
{
    public static readonly PublisherId Publisher = new("FSimulatedLabAddress");
    public static readonly NodeId Lab = new("lab");
    public const string Network = "regtest";

    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly MemoryGrainStorage _storage = new();
    private readonly MemoryReminderStore _reminders = new();
    private readonly SeededRandom _transferRandom;
    private readonly StorageFaults _storageFaults = new();
    private readonly SeededRandom _storageRandom;
    private int _datasets;

    public World(SimulationSettings settings, ReplicationOptions options)
    {
        Settings = settings;
        Options = options;
        var random = new SeededRandom(settings.Seed);
        Random = random.Fork();
        _transferRandom = random.Fork();
        _storageRandom = random.Fork();
        var entropy = random.Fork();
        Log = new EventLog(() => Silo?.Time.GetUtcNow() ?? default);
        Ledger = new SimLedger(this);
        Catalogue = new SimCatalogue();
        Evidence = new SimEvidence(Log);
        Wishes = new Wishes(() => Policies.Default(Options) with { Floor = Options.Floor });
        Checks = new Invariants(this);
        Silo = new SimulatedSilo(
            new SimulationOptions { Seed = random.NextUInt64(), StepLimit = 3_000_000 },
            silo => Configure(silo, entropy));
    }

    public SimulationSettings Settings { get; }

    public ReplicationOptions Options { get; }

    public SeededRandom Random { get; }

    public SimulatedSilo Silo { get; }

    public SkewedClock? Clock { get; private set; }

    public SimLedger Ledger { get; }

    public SimInspector Inspector { get; } = new();

    public SimCatalogue Catalogue { get; }

    public SimEvidence Evidence { get; }

    public EventLog Log { get; }

    public Invariants Checks { get; }

    public StorageFaults StorageFaults => _storageFaults;

    /// <summary>True time.</summary>
    public DateTimeOffset Now => Silo.Time.GetUtcNow();

    public TimeSpan Latency { get; } = TimeSpan.FromMilliseconds(40);

    /// <summary>In the order of their ids.</summary>
    public SortedDictionary<NodeId, SimNode> Nodes { get; } = new(Comparer<NodeId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value)));

    public Dictionary<ContentId, SimContent> Contents { get; } = [];

    /// <summary>What the ledger says now, by dataset, in the order of publication.</summary>
    public Dictionary<DatasetId, Published> Published { get; } = [];

    /// <summary>What operators and the publisher have said.</summary>
    public Wishes Wishes { get; }

    /// <summary>Members that limit their lines, as they told the silo.</summary>
    public Dictionary<MemberId, BandwidthBudget> Lines { get; } = [];

    /// <summary>Nodes the silo cannot reach.</summary>
    public HashSet<NodeId> CutOff { get; } = [];

    public long Faults { get; set; }

    public int Crashes { get; private set; }

    public long Repairs { get; private set; }

    public long BytesReseeded { get; private set; }

    public bool Reaches(SimNode node) => node.IsUp && !CutOff.Contains(node.Id);

    /// <summary>Waits; a timer takes at most 49 days, so longer times are waited for in parts.</summary>
    public async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        for (; time > LongestTimer; time -= LongestTimer)
        {
            await Task.Delay(LongestTimer, Silo.Time, cancellationToken);
        }

        await Task.Delay(time, Silo.Time, cancellationToken);
    }

    /// <summary>A transfer of a part. For calibration all of a repair takes an exponential time, spent on its first part; else a slow line of 20 MB/s.</summary>
    public TimeSpan TransferTime(SimContent content, int blocks, bool first, SimNode node)
    {
        if (Settings.Profile != FaultProfile.Calibration)
        {
            return Latency + (TimeSpan.FromSeconds(content.BytesOf(blocks) / 20e6) * node.Slowness);
        }

        return first && Checks.IsEstablished(content) ? -Math.Log(1 - _transferRandom.NextDouble()) * Settings.RepairTime : TimeSpan.FromSeconds(1);
    }

    /// <summary>Whether a block can be had: from the sources named, for calibration from anybody, so that losing a source does not begin the waiting time anew.</summary>
    public bool Offered(SimContent content, int block, IReadOnlyList<SimNode> sources) => Settings.Profile == FaultProfile.Calibration
        ? Nodes.Values.Any(s => s.IsUp && s.HasGood(content, block))
        : sources.Any(s => s.IsUp && s.HasGood(content, block));

    public IDisposable BeginTransfer(SimNode target, IReadOnlyList<SimNode> sources, SimContent content)
    {
        target.Incoming++;
        foreach (var source in sources)
        {
            source.Outgoing++;
        }

        Checks.OnTransfer(target, sources, content);
        return new Transfer(this, target, sources, content, Silo.Starts);
    }

    public void Moved(SimContent content, SimNode target, long bytes)
    {
        if (Checks.IsEstablished(content))
        {
            Repairs++;
            BytesReseeded += bytes;
        }

        Log.Add($"moved {content.Root} to {target.Id} {bytes}");
    }

    public SimContent NewContent(DatasetId dataset, int version)
    {
        var blocks = 2 + Random.Next(7);
        var content = new SimContent(new ContentId($"bafy-{dataset.Value[..8]}-{version}"), dataset, blocks, (1 + Random.Next(64)) * 1_000_000L * blocks);
        Contents[content.Root] = content;
        Nodes[Lab].PutAll(content);
        return content;
    }

    /// <summary>A lab adds files to its node and writes the record into the ledger.</summary>
    public void Publish()
    {
        var number = ++_datasets;
        var id = new DatasetId(Etdb.Domain.Common.Hashing.Of($"{Settings.Seed}/{number}").ToString("x16", System.Globalization.CultureInfo.InvariantCulture).PadRight(64, '0'));
        var content = NewContent(id, 1);
        var published = new Published(id, content, 1);
        Published[id] = published;
        Ledger.Add(LedgerEventKind.Current, id, Record(published));
        Log.Add($"publish {id.Value[..8]}");
    }

    public static DatasetRecord Record(Published published) => new(
        $"{published.Id.Value[..60]}{published.Version:x4}", published.Version, $"Dataset {published.Id.Value[..8]}", published.Content.Root, published.Content.Bytes, 0, "{}", true);

    /// <summary>Cuts every line and forgets every turn under way, then starts the silo again on what was durable.</summary>
    public void CrashSilo(int steps)
    {
        Silo.RunUntilIdle(steps);
        Silo.Crash();
        Crashes++;
        Log.Add("crash");
        foreach (var node in Nodes.Values)
        {
            (node.Incoming, node.Outgoing) = (0, 0);
        }

        Checks.OnCrash();
        Silo.Start();
        StartCluster();
    }

    /// <summary>As a host does once it serves; storage may fail, so it is tried until it works.</summary>
    public void StartCluster() => Retry(() => Silo.Grains.GetGrain<IClusterGrain>(IClusterGrain.Key).Start(Network));

    /// <summary>Calls a grain the way a client with retries does.</summary>
    public void Retry(Func<Task> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Silo.Run(call);
                return;
            }
            catch (Exception e) when (attempt < 100 && e is InjectedStorageException or InvalidOperationException or InconsistentStateException or OrleansException or TimeoutException)
            {
                Silo.AdvanceBy(TimeSpan.FromSeconds(5));
            }
        }
    }

    /// <summary>What a dataset's grain would find after a crash now.</summary>
    public DatasetState? Durable(DatasetId id) => DurableOf<DatasetState, IDatasetGrain>("dataset", id.Value);

    /// <summary>The durable state of any grain with a string key; null when it wrote none.</summary>
    public T? DurableOf<T, TGrain>(string state, string key)
        where T : class, new()
        where TGrain : IGrainWithStringKey
    {
        var found = new GrainState<T>(new T());
        var read = _storage.ReadStateAsync(state, Silo.Grains.GetGrain<TGrain>(key).GetGrainId(), found);
        return read.IsCompletedSuccessfully && found.RecordExists ? found.State : null;
    }

    /// <summary>What only a bug would write: for tests of the checks.</summary>
    public void Overwrite<T, TGrain>(string state, string key, Func<T, T> change)
        where T : class, new()
        where TGrain : IGrainWithStringKey
    {
        var found = new GrainState<T>(new T());
        var grain = Silo.Grains.GetGrain<TGrain>(key).GetGrainId();
        Silo.Run(() => _storage.ReadStateAsync(state, grain, found));
        found.State = change(found.State);
        Silo.Run(() => _storage.WriteStateAsync(state, grain, found));
    }

    public T Read<T>(Func<IGrainFactory, Task<T>> call) => Silo.Run(() => call(Silo.Grains));

    /// <inheritdoc/>
    public void Dispose() => Silo.Dispose();

    private void Configure(ISiloBuilder silo, SeededRandom entropy)
    {
        var services = silo.Services;
        var time = services.Select(s => s.ImplementationInstance).OfType<VirtualTimeProvider>().First();
        Clock = new SkewedClock(time) { Skew = Clock?.Skew ?? TimeSpan.Zero };
        services.AddSingleton<TimeProvider>(Clock);
        services.AddKeyedSingleton<IGrainStorage>(StorageNames.Grains, new FaultInjectingStorage(_storage, _storageFaults, _storageRandom, time));
        services.AddSingleton<IReminderStore>(_reminders);
        services.AddSingleton<IArchiveNodeConnector>(new SimConnector(this));
        services.AddSingleton<INodeInspector>(Inspector);
        services.AddSingleton<ILedgerFeed>(Ledger);
        services.AddSingleton<ILedgerBroadcaster>(Ledger);
        services.AddSingleton<ICatalogueSink>(Catalogue);
        services.AddSingleton<IEvidenceLog>(Evidence);
        services.AddSingleton<IEntropy>(new SeededEntropy(entropy));
        services.AddEtdbGrains();
        services.AddSingleton(Microsoft.Extensions.Options.Options.Create(Options));
    }

    private sealed class Transfer(World world, SimNode target, IReadOnlyList<SimNode> sources, SimContent content, int life) : IDisposable
    {
        public void Dispose()
        {
            if (life != world.Silo.Starts)
            {
                return;
            }

            target.Incoming--;
            foreach (var source in sources)
            {
                source.Outgoing--;
            }

            world.Checks.OnTransferEnd(target, content);
        }
    }
}

/// <summary>What the ledger says of a dataset now.</summary>
internal sealed record Published(DatasetId Id, SimContent Content, int Version)
{
    /// <summary>Since when it is not wanted; null while it is.</summary>
    public DateTimeOffset? GoneSince { get; init; }
}
