using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>
/// Breaks a running node the way disks break, for demonstrations and tests: it changes files behind the node's back and tells the node nothing. The node
/// finds out as it would in earnest, by reading.
/// </summary>
public sealed class NodeFaults(EmbeddedNode node)
{
    /// <summary>Deletes everything in the folder of the repository: blocks, pins, marker. As a dead disk that was replaced by an empty one.</summary>
    /// <returns>Bytes of files that were deleted.</returns>
    public long WipeStore()
    {
        var folder = new DirectoryInfo(node.Repository.Folder);
        var bytes = folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }

        return bytes;
    }

    /// <summary>Flips one bit in the middle of a block's bytes on disk; false when the block is not here.</summary>
    public bool CorruptBlock(Cid cid)
    {
        if (!BlockKeys.TryFrom(cid, out var key) || node.Repository.Blocks.Locate(key) is not { Length: > 0 } place)
        {
            return false;
        }

        var at = place.DataOffset + (place.Length / 2);
        using var file = File.OpenHandle(place.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(file, one, at);
        one[0] ^= 0x10;
        RandomAccess.Write(file, one, at);
        return true;
    }

    /// <summary>Corrupts <paramref name="count"/> blocks drawn by <paramref name="seed"/>, those under <paramref name="root"/> only when it is given.</summary>
    public async Task<IReadOnlyList<Cid>> CorruptBlocksAsync(int count, int seed, Cid? root, CancellationToken cancellationToken)
    {
        var candidates = new List<Cid>();
        if (root is { } below)
        {
            await foreach (var (cid, _) in PinReach.BelowAsync(node, below, [], cancellationToken).ConfigureAwait(false))
            {
                candidates.Add(cid);
            }
        }
        else
        {
            candidates.AddRange(node.Repository.Blocks.Keys().Order().Select(BlockKeys.ToRawCid));
        }

        var random = new Random(seed);
        var picked = candidates.OrderBy(_ => random.Next()).Take(count).Where(CorruptBlock).ToList();
        return picked;
    }

    /// <summary>Takes one block off the disk as a lost sector would, leaving pins as they are; false when it is not here.</summary>
    public bool LoseBlock(Cid cid) => BlockKeys.TryFrom(cid, out var key) && node.Repository.Blocks.Remove(key);
}
