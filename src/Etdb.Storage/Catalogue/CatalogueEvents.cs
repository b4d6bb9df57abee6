using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Etdb.Storage.Catalogue;

/// <summary>
/// Tells live readers what was committed to the catalogue. Each reader has its own bounded queue; one that is too slow loses the oldest
/// changes and is told to read everything again (<see cref="CatalogueEvent.Resync"/>), so a slow reader never holds up the cluster.
/// </summary>
public sealed class CatalogueEvents
{
    /// <summary>Changes a reader may lag behind before it has to resync.</summary>
    public const int MostQueued = 2048;

    private readonly Lock _lock = new();
    private readonly List<Subscriber> _subscribers = [];
    private long _sequence;

    /// <summary>The number of the newest event.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Tells all readers of a committed change.</summary>
    public void Publish(object change)
    {
        lock (_lock)
        {
            var next = new CatalogueEvent(++_sequence, change, Resync: false);
            foreach (var subscriber in _subscribers)
            {
                subscriber.Offer(next);
            }
        }
    }

    /// <summary>Every event from now on, until cancelled.</summary>
    public async IAsyncEnumerable<CatalogueEvent> SubscribeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var subscriber = new Subscriber();
        lock (_lock)
        {
            _subscribers.Add(subscriber);
        }

        try
        {
            await foreach (var item in subscriber.Queue.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return subscriber.TakeOverflow() ? item with { Resync = true } : item;
            }
        }
        finally
        {
            lock (_lock)
            {
                _subscribers.Remove(subscriber);
            }
        }
    }

    private sealed class Subscriber
    {
        private int _overflowed;

        public Subscriber() => Queue = Channel.CreateBounded<CatalogueEvent>(
            new BoundedChannelOptions(MostQueued) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Exchange(ref _overflowed, 1));

        public Channel<CatalogueEvent> Queue { get; }

        public void Offer(CatalogueEvent item) => Queue.Writer.TryWrite(item);

        public bool TakeOverflow() => Interlocked.Exchange(ref _overflowed, 0) == 1;
    }
}

/// <summary>A committed change (a <see cref="CatalogueChange"/>, or what the host announces) with its number.</summary>
public sealed record CatalogueEvent(long Sequence, object Change, bool Resync);
