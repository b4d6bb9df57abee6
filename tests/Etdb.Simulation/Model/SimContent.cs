using Etdb.Domain.Content;
using Etdb.Domain.Records;

namespace Etdb.Simulation.Model;

/// <summary>A DAG of a few blocks: number 0 is the root, the others are leaves.</summary>
/// <param name="Root">Its name.</param>
/// <param name="Dataset">Whose content it is.</param>
/// <param name="Blocks">How many blocks, at least 2.</param>
/// <param name="Bytes">All of them together.</param>
internal sealed record SimContent(ContentId Root, DatasetId Dataset, int Blocks, long Bytes)
{
    public long BytesOf(int blocks) => Bytes / Blocks * blocks;

    public ContentId Block(int number) => number == 0 ? Root : new ContentId($"{Root.Value}/{number}");

    public static int NumberOf(ContentId block)
    {
        var slash = block.Value.LastIndexOf('/');
        return slash < 0 ? 0 : int.Parse(block.Value.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>What a node's disk holds of a block.</summary>
internal enum BlockState : byte
{
    Absent = 0,
    Good = 1,
    Corrupt = 2,
}

/// <summary>The blocks of one DAG on one disk, and since when they are not what they were.</summary>
internal sealed class StoredContent(SimContent content)
{
    public SimContent Content { get; } = content;

    public BlockState[] Blocks { get; } = new BlockState[content.Blocks];

    /// <summary>When it last stopped being complete; null while it is, or never was.</summary>
    public DateTimeOffset? DamagedAt { get; set; }

    public bool IsComplete => Array.TrueForAll(Blocks, b => b == BlockState.Good);

    public int Count(BlockState state) => Blocks.Count(b => b == state);
}
