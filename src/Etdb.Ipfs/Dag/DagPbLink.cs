using System.Text;
using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>
/// A link of a dag-pb node. The name is kept as bytes because old directories hold names that are not UTF-8; null means the field is absent, which is
/// not the same as empty when the block is written again. <paramref name="TotalBytes"/> (Tsize) is the cumulative size of the blocks below, as the
/// writer claimed it: a hint, never to be trusted.
/// </summary>
public readonly record struct DagPbLink(Cid Cid, ReadOnlyMemory<byte>? NameBytes, ulong? TotalBytes)
{
    /// <summary>A link as today's importers write it.</summary>
    public DagPbLink(Cid cid, string name, ulong totalBytes)
        : this(cid, Encoding.UTF8.GetBytes(name), totalBytes)
    {
    }

    /// <summary>The name as text; bytes that are no UTF-8 show as U+FFFD.</summary>
    public string Name => NameBytes is { } name ? Encoding.UTF8.GetString(name.Span) : string.Empty;

    internal ReadOnlySpan<byte> NameSpan => NameBytes is { } name ? name.Span : default;
}
