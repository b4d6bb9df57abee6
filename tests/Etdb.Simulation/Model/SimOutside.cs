using Etdb.Domain.Audit;
using Etdb.Orleans.Embedded.Simulation;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Evidence;

namespace Etdb.Simulation.Model;

/// <summary>The catalogue: the newest row of each dataset, by version as the port asks for.</summary>
internal sealed class SimCatalogue : ICatalogueSink
{
    public Dictionary<string, DatasetChanged> Datasets { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, IncidentRow> Incidents { get; } = new(StringComparer.Ordinal);

    public long Changes { get; private set; }

    public ValueTask WriteAsync(CatalogueChange change, CancellationToken cancellationToken)
    {
        Changes++;
        switch (change)
        {
            case DatasetChanged dataset when !Datasets.TryGetValue(dataset.Dataset.Id, out var known) || known.Dataset.Version < dataset.Dataset.Version:
                Datasets[dataset.Dataset.Id] = dataset;
                break;
            case IncidentChanged { Incident: var incident } when !Incidents.TryGetValue(incident.Id, out var known) || known.Version <= incident.Version:
                Incidents[incident.Id] = incident;
                break;
            default:
                break;
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>The evidence log: counts, a running hash, and the last words about each replica.</summary>
internal sealed class SimEvidence(EventLog log) : IEvidenceLog
{
    private const int Remembered = 6;

    private readonly EvidenceDays _days = new();
    private readonly Dictionary<DateOnly, List<(long Sequence, string Hash)>> _hashes = [];
    private readonly List<string> _anchors = [];
    private EvidenceHead _head = EvidenceChain.Empty;

    private readonly Dictionary<(string Root, string Node), Queue<string>> _said = [];

    public long Count { get; private set; }

    public ValueTask AppendAsync(IReadOnlyList<Storage.Evidence.EvidenceEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var entry in entries)
        {
            Count++;
            Chain(entry);
            if (entry is { Kind: "audit", Node: { } audited, Dataset: { } dataset })
            {
                Audits.Add((entry.At, audited, dataset));
            }

            Authors.Add(entry.Author);
            if (entry.Kind is "operator" or "action" || entry.Outcome.StartsWith("blocks-", StringComparison.Ordinal))
            {
                Acts.Add(entry);
            }

            log.Add($"{entry.Kind} {entry.Dataset} {entry.Node} {entry.Outcome}");
            if (entry is { Kind: "state", Dataset: not null, Node: { } node })
            {
                var root = RootOf(entry.Detail);
                if (!_said.TryGetValue((root, node), out var said))
                {
                    _said[(root, node)] = said = new Queue<string>();
                }

                said.Enqueue(entry.Outcome);
                if (said.Count > Remembered)
                {
                    said.Dequeue();
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Writes the line of a day into a ledger that forgets nothing; a day without entries has none.</summary>
    public void Anchor(DateOnly day)
    {
        if (_days.Of(day) is { } root)
        {
            _anchors.Add(EvidenceAnchor.Write(root));
        }
    }

    /// <summary>What is not any more as it was when it was anchored.</summary>
    public IEnumerable<string> AnchorProblems() =>
        _anchors.Select(EvidenceAnchor.Read).Select(root => EvidenceAnchor.Problem(root!, _hashes.GetValueOrDefault(root!.Day) ?? [])).OfType<string>();

    private void Chain(Storage.Evidence.EvidenceEntry entry)
    {
        var chained = EvidenceChain.Append(
            _head, new EvidenceDraft(entry.At, EvidenceKind.StateChange, entry.Dataset ?? "", entry.Node ?? "", entry.Outcome, entry.Depth, entry.Blocks, entry.Author, entry.Detail));
        _head = EvidenceChain.HeadOf(chained);
        _days.Add(chained);
        var day = DateOnly.FromDateTime(entry.At.UtcDateTime);
        if (!_hashes.TryGetValue(day, out var hashes))
        {
            _hashes[day] = hashes = [];
        }

        hashes.Add((chained.Sequence, chained.Hash));
    }

    /// <summary>Everybody who ever did something, the cluster included.</summary>
    public SortedSet<string> Authors { get; } = new(StringComparer.Ordinal);

    /// <summary>Every check that was told, in order.</summary>
    public List<(DateTimeOffset At, string Node, string Dataset)> Audits { get; } = [];

    /// <summary>What operators and publishers did, and blocks that were named.</summary>
    public List<Storage.Evidence.EvidenceEntry> Acts { get; } = [];

    /// <summary>As if nothing had been written of that replica: for tests of the checks.</summary>
    public void Forget(string root, string node) => _said.Remove((root, node));

    /// <summary>Whether the log lately said so of that replica.</summary>
    public bool Said(string root, string node, string outcome) => _said.TryGetValue((root, node), out var said) && said.Contains(outcome, StringComparer.Ordinal);

    private static string RootOf(string detail) =>
        System.Text.Json.JsonDocument.Parse(detail).RootElement.TryGetProperty("root", out var root) ? root.GetString()! : "";
}

/// <summary>Everything that happened, in order, as a hash; the last lines are kept for people.</summary>
internal sealed class EventLog(Func<DateTimeOffset> now)
{
    private const int Kept = 200;

    private readonly Queue<string> _last = new();
    private ulong _hash = 14695981039346656037;

    public string Hash => _hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    public IEnumerable<string> Last => _last;

    public void Add(string text)
    {
        var line = $"{now():yyyy-MM-dd HH:mm:ss} {text}";
        foreach (var c in line)
        {
            _hash = (_hash ^ c) * 1099511628211;
        }

        _last.Enqueue(line);
        if (_last.Count > Kept)
        {
            _last.Dequeue();
        }
    }
}

/// <summary>The wall clock of the silo, which an operator or a bad time server may set; timers run on the true clock.</summary>
internal sealed class SkewedClock(TimeProvider inner) : TimeProvider
{
    public TimeSpan Skew { get; set; }

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Skew;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}

/// <summary>The seed's own numbers in place of the operating system's.</summary>
internal sealed class SeededEntropy(SeededRandom random) : Etdb.Grains.Datasets.IEntropy
{
    public ulong Next() => random.NextUInt64();
}
