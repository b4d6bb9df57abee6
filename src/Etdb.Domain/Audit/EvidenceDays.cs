namespace Etdb.Domain.Audit;

/// <summary>
/// The roots of all days of a log in one pass, in the memory of a few hashes a day: of each day only the perfect subtrees to the left are kept, as RFC 6962 § 2.1
/// splits a tree at the largest power of two.
/// </summary>
public sealed class EvidenceDays
{
    private readonly SortedDictionary<DateOnly, OpenDay> _days = [];

    /// <summary>Takes in the next entry; entries come in order of their sequence, their times need not.</summary>
    public void Add(EvidenceEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var date = DateOnly.FromDateTime(entry.Draft.At.UtcDateTime);
        if (!_days.TryGetValue(date, out var day))
        {
            _days[date] = day = new OpenDay(entry.Sequence);
        }

        day.Add(entry.Hash);
    }

    /// <summary>The root of each day that has entries, the oldest first: what <see cref="EvidenceChain.Day"/> gives for its entries.</summary>
    public IReadOnlyList<DailyRoot> Roots() => [.. _days.Select(d => d.Value.Root(d.Key))];

    /// <summary>The root of one day; null when it has no entries.</summary>
    public DailyRoot? Of(DateOnly day) => _days.TryGetValue(day, out var found) ? found.Root(day) : null;

    private sealed class OpenDay(long first)
    {
        /// <summary>Roots of perfect subtrees, the largest first; their sizes are the bits of the count.</summary>
        private readonly List<byte[]> _left = [];
        private string _head = "";
        private int _count;

        public void Add(string hash)
        {
            var node = MerkleTree.Leaf(Convert.FromHexString(hash).AsSpan());
            for (var size = _count; (size & 1) == 1; size >>= 1)
            {
                node = MerkleTree.Inner(_left[^1], node);
                _left.RemoveAt(_left.Count - 1);
            }

            _left.Add(node);
            _head = hash;
            _count++;
        }

        public DailyRoot Root(DateOnly day)
        {
            var root = _left[^1];
            for (var i = _left.Count - 2; i >= 0; i--)
            {
                root = MerkleTree.Inner(_left[i], root);
            }

            return new DailyRoot(day, first, _count, Convert.ToHexStringLower(root), _head);
        }
    }
}
