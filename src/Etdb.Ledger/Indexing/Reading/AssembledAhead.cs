using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing.Reading;

/// <summary>
/// Records put together from parts before the index asks for them, so that they are read on all cores. Reading is a pure function of bytes and height, and an entry is
/// given out only for the same bytes and height: it can save time but never change what the index comes to.
/// </summary>
internal sealed class AssembledAhead
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private sealed record Entry(byte[] Bytes, long Height, OipMessage Message);

    public void Add(string txid, byte[] bytes, long height, OipMessage message) => _entries[txid] = new Entry(bytes, height, message);

    /// <summary>The message these bytes are, when they were read ahead; else null.</summary>
    public OipMessage? Find(string txid, ReadOnlySpan<byte> bytes, long height) =>
        _entries.TryGetValue(txid, out var entry) && entry.Height == height && bytes.SequenceEqual(entry.Bytes) ? entry.Message : null;
}
