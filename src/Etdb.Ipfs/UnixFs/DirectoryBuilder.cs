using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>A name in a directory that is being written.</summary>
public readonly record struct DirectoryChild(ReadOnlyMemory<byte> NameBytes, DagPart Part);

/// <summary>
/// Writes a directory: one node with its links sorted by the names' bytes, or a HAMT when the profile's measure is exceeded. The result depends on the
/// names and parts only, not on their order.
/// </summary>
public static class DirectoryBuilder
{
    /// <summary>Longest name, in bytes: what common file systems allow.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Writes the directory's blocks to <paramref name="emit"/>, children before parents, and returns its root.</summary>
    /// <exception cref="ArgumentException">An impossible name, or the same name twice.</exception>
    public static DagPart Build(IReadOnlyCollection<DirectoryChild> children, ImportProfile profile, Action<Block> emit)
    {
        ArgumentNullException.ThrowIfNull(children);
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(emit);
        var sorted = children.ToArray();
        Array.Sort(sorted, static (a, b) => a.NameBytes.Span.SequenceCompareTo(b.NameBytes.Span));
        CheckNames(sorted);
        var links = Array.ConvertAll(sorted, static child => new DagPbLink(child.Part.Cid, child.NameBytes, child.Part.TotalBytes));
        return Measure(links, profile.Sizing) > profile.ShardAboveBytes
            ? HamtBuilder.Build(links, profile, emit)
            : BuildPlain(links, profile, emit);
    }

    /// <summary>The size that decides about sharding, in bytes.</summary>
    public static long Measure(IEnumerable<DagPbLink> links, DirectorySizing sizing)
    {
        ArgumentNullException.ThrowIfNull(links);
        return sizing switch
        {
            DirectorySizing.Links => links.Sum(static link => (long)link.NameSpan.Length + link.Cid.Bytes.Length),
            _ => links.Sum(static link => (long)DagPbNode.LinkFieldLength(link)) + new DagPbNode([], UnixFsData.Directory.Encode()).EncodedLength(),
        };
    }

    private static DagPart BuildPlain(DagPbLink[] links, ImportProfile profile, Action<Block> emit)
    {
        var block = new DagPbNode(links, UnixFsData.Directory.Encode()).ToBlock(profile.CidVersion);
        emit(block);
        return new DagPart(block.Cid, 0, Total(links, block));
    }

    internal static ulong Total(IEnumerable<DagPbLink> links, Block block)
    {
        var total = (ulong)block.Data.Length;
        foreach (var link in links)
        {
            total += link.TotalBytes ?? 0;
        }

        return total;
    }

    private static void CheckNames(DirectoryChild[] sorted)
    {
        for (var i = 0; i < sorted.Length; i++)
        {
            var name = sorted[i].NameBytes.Span;
            if (name.IsEmpty || name.Length > MaxNameBytes || name.ContainsAny((byte)'/', (byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                throw new ArgumentException($"'{System.Text.Encoding.UTF8.GetString(name)}' cannot be a name in a directory.", nameof(sorted));
            }

            if (i > 0 && name.SequenceEqual(sorted[i - 1].NameBytes.Span))
            {
                throw new ArgumentException($"'{System.Text.Encoding.UTF8.GetString(name)}' is twice in one directory.", nameof(sorted));
            }
        }
    }
}
