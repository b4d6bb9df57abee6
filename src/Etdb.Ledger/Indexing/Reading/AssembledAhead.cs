using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing.Reading;

/// <summary>
/// Records put together from parts before the index asks for them, so that they are read on all cores. Reading is a pure function of bytes and height, and an entry
/// counts only for the same bytes and height: it can save time but never change what the index comes to.
/// </summary>
internal sealed class AssembledAhead
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>A record read ahead: what was read, at which height, and what it is.</summary>
    public sealed record Entry(byte[] Bytes, long Height, OipMessage Message);

    public void Add(string txid, byte[] bytes, long height, OipMessage message) => _entries[txid] = new Entry(bytes, height, message);

    /// <summary>What was read ahead for that first part at that height; it counts only when its bytes are those of the parts.</summary>
    public Entry? Find(string txid, long height) => _entries.TryGetValue(txid, out var entry) && entry.Height == height ? entry : null;
}
