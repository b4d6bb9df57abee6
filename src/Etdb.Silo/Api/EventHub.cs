using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Silo.Api;

/// <summary>
/// Renders every committed change once for all live readers. Two hundred dashboards see the same events: rendering, and asking the catalogue
/// for what an event lacks, must not be done two hundred times. While nobody listens nothing is rendered.
/// </summary>
internal sealed partial class EventHub(CatalogueEvents events, ICatalogue catalogue, TimeProvider time, IOptions<JsonOptions> json, ILogger<EventHub> logger) : BackgroundService
{
    /// <summary>Events a reader may lag behind before it loses the oldest and is told to read the lists again.</summary>
    public const int MostQueued = 1_024;

    private const int MostTitles = 4_096;
    private static readonly TimeSpan HealthEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CountsFresh = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _titles = new(StringComparer.Ordinal); // Only the loop of events touches these three.
    private IReadOnlyDictionary<string, IReadOnlyDictionary<string, long>>? _counts;
    private long _countsAt;
    private volatile Subscriber[] _subscribers = [];
    private volatile bool _healthDirty; // Set by the one loop, taken by the other.

    /// <summary>A reader's queue, from now on; leave it by disposing.</summary>
    public Subscriber Subscribe()
    {
        lock (_gate)
        {
            var subscriber = new Subscriber(this);
            _subscribers = [.. _subscribers, subscriber];
            return subscriber;
        }
    }

    /// <summary>What every reader is greeted with: read the lists, then follow.</summary>
    public byte[] Hello() => Render(events.Sequence, "hello", new { At = time.GetUtcNow(), Resync = true });

    /// <summary>The one-page view as it is now.</summary>
    public async Task<byte[]> HealthAsync(CancellationToken ct) => Render(events.Sequence, "health", ClusterViews.Health(await catalogue.HealthAsync(ct), time.GetUtcNow()));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowAsync(stoppingToken), ShowHealthAsync(stoppingToken));

    private async Task FollowAsync(CancellationToken ct)
    {
        await foreach (var item in events.SubscribeAsync(ct))
        {
            if (await TryAsync(() => SendAsync(item, ct), ct))
            {
                _healthDirty = true;
            }
        }
    }

    private async Task ShowHealthAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(HealthEvery, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            if (_healthDirty && _subscribers.Length > 0)
            {
                _healthDirty = false;
                await TryAsync(
                    async () =>
                    {
                        Offer(await HealthAsync(ct));
                        return true;
                    },
                    ct);
            }
        }
    }

    /// <summary>A catalogue that cannot be read costs an event, not the stream; readers see the next one.</summary>
    private async Task<bool> TryAsync(Func<Task<bool>> work, CancellationToken ct)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            NotRendered(logger, e);
            return true;
        }
    }

    /// <summary>Renders one change for all; true when the one-page view may have changed with it.</summary>
    private async Task<bool> SendAsync(CatalogueEvent item, CancellationToken ct)
    {
        if (item.Change is DatasetChanged { Dataset: var d } && (_titles.Count < MostTitles || _titles.ContainsKey(d.Id)))
        {
            _titles[d.Id] = d.Title;
        }

        if (_subscribers.Length > 0)
        {
            if (item.Resync)
            {
                Offer(Hello());
            }

            Offer(await RenderAsync(item, ct));
        }

        return item.Change is DatasetChanged or IncidentChanged;
    }

    private async Task<byte[]> RenderAsync(CatalogueEvent item, CancellationToken ct) => item.Change switch
    {
        DatasetChanged c => Render(item.Sequence, "dataset", DatasetViews.Summary(c.Dataset, null, null)),
        NodeChanged c => Render(item.Sequence, "node", ClusterViews.Node(c.Node, await CountsAsync(c.Node.Id, ct))),
        RepairChanged c => Render(item.Sequence, "repair", ClusterViews.Repair(c.Repair, await TitleAsync(c.Repair.Dataset, ct) ?? "")),
        IncidentChanged c => Render(item.Sequence, "incident", ClusterViews.Incident(c.Incident)),
        StoryAdded c => Render(item.Sequence, "story", new StoryEventView(c.Story.Dataset, await TitleAsync(c.Story.Dataset, ct), c.Story.At, c.Story.Kind, c.Story.Text, c.Story.Node)),
        Announcement a => Render(item.Sequence, a.Event, a.Data),
        _ => [],
    };

    private async Task<string?> TitleAsync(string dataset, CancellationToken ct)
    {
        if (_titles.TryGetValue(dataset, out var known))
        {
            return known;
        }

        if (_titles.Count >= MostTitles)
        {
            _titles.Clear();
        }

        var title = (await catalogue.DatasetAsync(dataset, ct))?.Dataset.Title;
        if (title is not null)
        {
            _titles[dataset] = title;
        }

        return title;
    }

    private async Task<IReadOnlyDictionary<string, long>> CountsAsync(string node, CancellationToken ct)
    {
        if (_counts is null || time.GetElapsedTime(_countsAt) > CountsFresh)
        {
            _counts = (await catalogue.NodesAsync(ct)).ToDictionary(n => n.Node.Id, n => n.Replicas, StringComparer.Ordinal);
            _countsAt = time.GetTimestamp();
        }

        return _counts.TryGetValue(node, out var counts) ? counts : new Dictionary<string, long>(StringComparer.Ordinal);
    }

    private byte[] Render(long id, string name, object data) =>
        Encoding.UTF8.GetBytes($"id: {id}\nevent: {name}\ndata: {JsonSerializer.Serialize(data, data.GetType(), json.Value.SerializerOptions)}\n\n");

    private void Offer(byte[] block)
    {
        foreach (var subscriber in block.Length == 0 ? [] : _subscribers)
        {
            subscriber.Offer(block);
        }
    }

    private void Leave(Subscriber subscriber)
    {
        lock (_gate)
        {
            _subscribers = [.. _subscribers.Where(s => !ReferenceEquals(s, subscriber))];
        }
    }

    [LoggerMessage(6010, LogLevel.Warning, "An event could not be shown to live readers; they see the next one.")]
    private static partial void NotRendered(ILogger logger, Exception exception);

    /// <summary>One reader's bounded queue of rendered events; the oldest are lost when it is too slow, and it is told so.</summary>
    internal sealed class Subscriber : IDisposable
    {
        private readonly EventHub _hub;
        private readonly Channel<byte[]> _queue;
        private int _overflowed;

        public Subscriber(EventHub hub)
        {
            _hub = hub;
            _queue = Channel.CreateBounded<byte[]>(
                new BoundedChannelOptions(MostQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Exchange(ref _overflowed, 1));
        }

        public ChannelReader<byte[]> Queue => _queue.Reader;

        public void Offer(byte[] block) => _queue.Writer.TryWrite(block);

        /// <summary>True once after events were lost.</summary>
        public bool TakeOverflow() => Interlocked.Exchange(ref _overflowed, 0) == 1;

        public void Dispose() => _hub.Leave(this);
    }
}
