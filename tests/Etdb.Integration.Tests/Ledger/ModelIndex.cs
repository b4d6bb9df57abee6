using Etdb.Domain.Records;
using Etdb.Grains.Ports;
using Etdb.Ledger.Indexing;
using Etdb.Silo.Adapters;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>A silo's own index in memory: a log of what it has seen, in its own order.</summary>
internal sealed class ModelIndex : ILedgerFeed, ILedgerLog
{
    private readonly List<LedgerEvent> _log = [];
    private readonly Dictionary<int, int> _seen = [];
    private readonly Lock _gate = new();

    public long Height => 100 + _log.Count;

    /// <summary>What its node reports; by default that there is nothing more.</summary>
    public long? NodeHeight { get; set; } = 0;

    /// <inheritdoc/>
    public long LastSequence => _log.Count;

    /// <inheritdoc/>
    public LogNumbering? Numbering { get; set; }

    /// <inheritdoc/>
    public IReadOnlySet<long> LastWords(long upTo) => _log.Where(e => e.Sequence <= upTo).GroupBy(e => e.Dataset).Select(g => g.Max(e => e.Sequence)).ToHashSet();

    /// <summary>The file as a backup has it.</summary>
    public ModelIndex Copy()
    {
        var copy = new ModelIndex { Numbering = Numbering, NodeHeight = NodeHeight };
        copy._log.AddRange(_log);
        foreach (var (dataset, version) in _seen)
        {
            copy._seen[dataset] = version;
        }

        return copy;
    }

    public static int Number(DatasetId dataset) => int.Parse(dataset.Value.TrimStart('0'));

    public void See(int dataset, int version)
    {
        _seen[dataset] = version;
        Add(dataset, LedgerEventKind.Current, new DatasetRecord(Text(dataset), version, $"dataset {dataset}", null, 0, 1_700_000_000, "{}", true));
    }

    public void Lose(int dataset)
    {
        _seen.Remove(dataset);
        Add(dataset, LedgerEventKind.Retracted, null);
    }

    /// <summary>Reads part of the chain, where nothing is ever taken back, and stops before the tip or there.</summary>
    public void CatchUp(IReadOnlyDictionary<int, int> chain, bool isBehind)
    {
        See(chain);
        NodeHeight = isBehind ? Height + 1 : 0;
    }

    /// <summary>Reads the whole chain.</summary>
    public void CatchUp(IReadOnlyDictionary<int, int> chain)
    {
        foreach (var dataset in _seen.Keys.Except(chain.Keys).ToList())
        {
            Lose(dataset);
        }

        See(chain);
    }

    public Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(new LedgerBatch(
                [.. _log.Where(e => e.Sequence > sequence).Take(limit)], Height, new string('0', 64), 1_700_000_000, NodeHeight is { } n ? Math.Max(n, Height) : null, 0, _seen.Count, null));
        }
    }

    private void See(IReadOnlyDictionary<int, int> chain)
    {
        foreach (var (dataset, version) in chain.Where(c => _seen.GetValueOrDefault(c.Key) != c.Value))
        {
            See(dataset, version);
        }
    }

    private static string Text(int dataset) => dataset.ToString().PadLeft(64, '0');

    private void Add(int dataset, LedgerEventKind kind, DatasetRecord? record)
    {
        lock (_gate)
        {
            _log.Add(new LedgerEvent(_log.Count + 1, kind, Height, 1_700_000_000, new DatasetId(Text(dataset)), new PublisherId("publisher"), record, null));
        }
    }
}
