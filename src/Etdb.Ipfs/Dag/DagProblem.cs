using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>Everything that can be wrong with a block or the DAG below it.</summary>
public enum DagProblem
{
    /// <summary>The block is not in the store.</summary>
    Missing,

    /// <summary>The store has other bytes under this name.</summary>
    Corrupt,

    /// <summary>The name uses a hash function that cannot be checked here.</summary>
    UnsupportedHash,

    /// <summary>The codec's links cannot be read here.</summary>
    UnsupportedCodec,

    /// <summary>The bytes are not what the codec demands.</summary>
    Malformed,

    /// <summary>The block is larger than <see cref="BlockLimits.MaxReadBytes"/>.</summary>
    BlockTooLarge,

    /// <summary>More links in one block than allowed.</summary>
    TooWide,

    /// <summary>More levels than allowed.</summary>
    TooDeep,

    /// <summary>More blocks than allowed.</summary>
    TooManyBlocks,

    /// <summary>A file node's lengths contradict each other or the bytes below it.</summary>
    WrongLength,

    /// <summary>A path leads through something that is no directory, or a directory was asked for.</summary>
    NotADirectory,

    /// <summary>A file was asked for and this is none.</summary>
    NotAFile,

    /// <summary>The path's name is not in the directory.</summary>
    NotFound,
}

/// <summary>A DAG cannot be read further: which block, and what is wrong with it.</summary>
public sealed class DagException(DagProblem problem, Cid cid, string message) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public DagProblem Problem { get; } = problem;

    /// <summary>The block at fault.</summary>
    public Cid Cid { get; } = cid;
}
