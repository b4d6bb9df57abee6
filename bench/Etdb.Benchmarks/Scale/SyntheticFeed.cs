using Etdb.Grains.Ports;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// The ledger's log of a <see cref="SyntheticWorld"/> behind the cluster's own port: N publications, then, when asked for, edits of random
/// datasets at a steady rate. What the index in front of it costs (blocks, parts, signatures) is measured by <c>bench index</c>.
/// </summary>
internal sealed class SyntheticFeed(SyntheticWorld world, int editsPerSecond, TimeProvider time) : ILedgerFeed
{
    private readonly long _started = time.GetTimestamp();

    public Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        var last = world.Datasets + (long)(editsPerSecond * time.GetElapsedTime(_started).TotalSeconds);
        var events = new List<LedgerEvent>();
        for (var next = sequence + 1; next <= last && events.Count < limit; next++)
        {
            events.Add(Event(next));
        }

        var height = last / 100;
        return Task.FromResult(new LedgerBatch(events, height, "synthetic", time.GetUtcNow().ToUnixTimeSeconds(), height, last, world.Datasets, null));
    }

    private LedgerEvent Event(long sequence)
    {
        var isEdit = sequence > world.Datasets;
        var index = isEdit ? (int)(Etdb.Domain.Common.Hashing.Mix((ulong)sequence) % (ulong)world.Datasets) : (int)(sequence - 1);
        var record = SyntheticWorld.Record(index, isEdit ? (int)(sequence - world.Datasets + 1) : 1);
        return new LedgerEvent(sequence, LedgerEventKind.Current, sequence / 100, record.Timestamp, SyntheticWorld.Id(index), SyntheticWorld.Publisher(index), record, null);
    }
}
