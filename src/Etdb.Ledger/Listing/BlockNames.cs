using System.Collections.Concurrent;

namespace Etdb.Ledger.Listing;

/// <summary>Block ids by height, each asked of the index once; for as long as one state of the chain is listed.</summary>
public sealed class BlockNames(Func<long, string?> find)
{
    private readonly ConcurrentDictionary<long, string> _known = new();

    /// <summary>The id; empty when the block has left the chain meanwhile.</summary>
    public string At(long height) => _known.GetOrAdd(height, h => find(h) ?? "");
}
