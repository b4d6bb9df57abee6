using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Fetch;

/// <summary>
/// Spreads requests over several sources: each goes to the one with the fewest in flight. A source that says it has not got a block is asked for
/// others; one that sends wrong bytes, stalls or fails <see cref="StrikesAllowed"/> times in a row is left out from then on.
/// </summary>
public sealed class SourcePool
{
    /// <summary>Failures in a row after which a source is left out.</summary>
    public const int StrikesAllowed = 3;

    /// <summary>Most sources that are used.</summary>
    public const int MaxSources = 16;

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries;
    private readonly List<string> _complaints = [];

    /// <summary>Sources, best first.</summary>
    public SourcePool(IEnumerable<IBlockSource> sources) =>
        _entries = [.. sources.Take(MaxSources).Select(static source => new Entry(source))];

    /// <summary>What was wrong with sources, oldest first; at most 16 are kept.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_gate)
            {
                return [.. _complaints];
            }
        }
    }

    /// <summary>Asks sources in turn until one has the block. The last answer when none has: NotFound only if every usable source said so.</summary>
    public async Task<BlockFetch> GetAsync(Cid cid, CancellationToken cancellationToken)
    {
        var tried = new HashSet<Entry>();
        var notFound = BlockFetch.Not(FetchStatus.NotFound, $"no source was given for {cid}");
        BlockFetch? other = null;
        while (Next(tried) is { } entry)
        {
            var answer = await entry.Source.GetAsync(cid, cancellationToken).ConfigureAwait(false);
            Settle(entry, answer);
            switch (answer.Status)
            {
                case FetchStatus.Found:
                    return answer;
                case FetchStatus.NotFound:
                    notFound = answer;
                    break;
                default:
                    other = answer;
                    break;
            }
        }

        return other ?? (tried.Count > 0 ? notFound : NoneLeft(cid));
    }

    private BlockFetch NoneLeft(Cid cid)
    {
        lock (_gate)
        {
            return _entries.Count == 0
                ? BlockFetch.Not(FetchStatus.NotFound, $"no source was given for {cid}")
                : BlockFetch.Not(FetchStatus.Failed, $"every source was left out: {string.Join("; ", _complaints.TakeLast(3))}");
        }
    }

    private Entry? Next(HashSet<Entry> tried)
    {
        lock (_gate)
        {
            var next = _entries.Where(entry => entry.Strikes < StrikesAllowed && !tried.Contains(entry)).MinBy(static entry => entry.InFlight);
            if (next is not null)
            {
                next.InFlight++;
                tried.Add(next);
            }

            return next;
        }
    }

    private void Settle(Entry entry, BlockFetch answer)
    {
        const int complaintsKept = 16;
        lock (_gate)
        {
            entry.InFlight--;
            if (answer.Status is FetchStatus.Found or FetchStatus.NotFound)
            {
                entry.Strikes = 0;
                return;
            }

            entry.Strikes++;
            if (_complaints.Count < complaintsKept)
            {
                _complaints.Add(answer.Detail ?? answer.Status.ToString());
            }
        }
    }

    private sealed class Entry(IBlockSource source)
    {
        public IBlockSource Source { get; } = source;

        public int InFlight { get; set; }

        public int Strikes { get; set; }
    }
}
