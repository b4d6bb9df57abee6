using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>
/// Builds the balanced layout from leaves in their order: every node but the last of its level is full, all leaves lie equally deep. Only the unfinished
/// node of each level is kept, so memory grows with the logarithm of the file. A file of one leaf is that leaf.
/// </summary>
internal sealed class BalancedFile(ImportProfile profile, Action<Block> emit)
{
    private readonly List<List<DagPart>> _levels = [];

    /// <summary>The unfinished levels, lowest first: what a resumed import starts from.</summary>
    public IReadOnlyList<IReadOnlyList<DagPart>> Levels => _levels;

    /// <summary>Takes back what <see cref="Levels"/> gave.</summary>
    public void Restore(IEnumerable<IEnumerable<DagPart>> levels)
    {
        _levels.Clear();
        _levels.AddRange(levels.Select(level => level.ToList()));
    }

    /// <summary>Adds the next leaf.</summary>
    public void Add(DagPart leaf) => AddAt(0, leaf);

    /// <summary>Closes all levels and returns the root.</summary>
    public DagPart Finish()
    {
        for (var level = 0; level < _levels.Count; level++)
        {
            var parts = _levels[level];
            if (level == _levels.Count - 1 && parts.Count == 1)
            {
                return parts[0];
            }

            AddAt(level + 1, Close(parts));
        }

        throw new InvalidOperationException("A file has at least one leaf, even when it is empty.");
    }

    private void AddAt(int level, DagPart part)
    {
        while (true)
        {
            if (level == _levels.Count)
            {
                _levels.Add([]);
            }

            var parts = _levels[level];
            if (parts.Count < profile.FileLinks)
            {
                parts.Add(part);
                return;
            }

            var full = Close(parts);
            parts.Add(part);
            (level, part) = (level + 1, full);
        }
    }

    private DagPart Close(List<DagPart> parts)
    {
        var links = new DagPbLink[parts.Count];
        var sizes = new ulong[parts.Count];
        var (fileBytes, totalBytes) = (0UL, 0UL);
        for (var i = 0; i < parts.Count; i++)
        {
            links[i] = new DagPbLink(parts[i].Cid, ReadOnlyMemory<byte>.Empty, parts[i].TotalBytes);
            sizes[i] = parts[i].FileBytes;
            fileBytes += parts[i].FileBytes;
            totalBytes += parts[i].TotalBytes;
        }

        parts.Clear();
        var data = new UnixFsData(UnixFsType.File) { FileBytes = fileBytes, BlockBytes = sizes };
        var block = new DagPbNode(links, data.Encode()).ToBlock(profile.CidVersion);
        emit(block);
        return new DagPart(block.Cid, fileBytes, totalBytes + (ulong)block.Data.Length);
    }
}
