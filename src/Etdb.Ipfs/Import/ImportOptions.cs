using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>What to do with symbolic links in a tree.</summary>
public enum SymlinkRule
{
    /// <summary>A link stops the import: nothing from outside the tree slips in, nothing is left out unseen.</summary>
    Refuse,

    /// <summary>The link itself is recorded with its target's text, as Kubo does; it is never followed.</summary>
    Record,
}

/// <summary>How to import; the defaults give Kubo's CIDs and lose nothing.</summary>
public sealed record ImportOptions
{
    /// <summary>What decides the CIDs.</summary>
    public ImportProfile Profile { get; init; } = ImportProfile.V0Of2015;

    /// <summary>Symbolic links.</summary>
    public SymlinkRule Symlinks { get; init; } = SymlinkRule.Refuse;

    /// <summary>Take files and folders whose name starts with a dot; Kubo leaves them out unless asked.</summary>
    public bool IncludeHidden { get; init; } = true;

    /// <summary>Threads that read and hash; 0 is one for each processor.</summary>
    public int Workers { get; init; }

    /// <summary>How often a file that changes while it is read is read again before the import gives up.</summary>
    public int MaxRereads { get; init; } = 3;

    /// <summary>Most levels of folders.</summary>
    public int MaxDepth { get; init; } = 256;

    /// <summary>Most names of one folder: they are held in memory, about 200 bytes each.</summary>
    public int MaxNames { get; init; } = 1 << 20;

    /// <summary>Where finished work is noted so that a stopped import goes on from there; it belongs to one store. Null: nowhere.</summary>
    public ImportJournal? Journal { get; init; }

    /// <summary>Told about progress, at most once a window (some ten milliseconds).</summary>
    public IProgress<ImportProgress>? Progress { get; init; }

    internal int WorkerCount => Workers > 0 ? Workers : Environment.ProcessorCount;
}

/// <summary>How far an import is.</summary>
public readonly record struct ImportProgress(long Bytes, long Files, long Blocks, string Path);

/// <summary>A finished import: the root, the bytes of all files, the number of blocks made (a block that occurs twice counts twice).</summary>
public sealed record ImportResult(DagPart Root, long Bytes, long Files, long Blocks)
{
    /// <summary>The root's CID.</summary>
    public Cids.Cid Cid => Root.Cid;
}

/// <summary>Why an import had to stop.</summary>
public enum ImportProblem
{
    /// <summary>The path is not there.</summary>
    NotFound,

    /// <summary>A file kept changing while it was read.</summary>
    FileChanged,

    /// <summary>A symbolic link where none is allowed.</summary>
    Symlink,

    /// <summary>Neither file nor folder nor link.</summary>
    SpecialFile,

    /// <summary>A name that cannot be in a directory, or is not UTF-8.</summary>
    BadName,

    /// <summary>Deeper than <see cref="ImportOptions.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>More names than <see cref="ImportOptions.MaxNames"/>.</summary>
    TooWide,

    /// <summary>The operating system refused to read.</summary>
    Unreadable,

    /// <summary>The result would be written into the folder that is being read.</summary>
    OutputInside,
}

/// <summary>An import stopped: where, why, and what to do.</summary>
public sealed class ImportException(ImportProblem problem, string path, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What stopped it.</summary>
    public ImportProblem Problem { get; } = problem;

    /// <summary>The file or folder.</summary>
    public string Path { get; } = path;
}
