using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Export;

/// <summary>What to do with symbolic links in a tree that is exported.</summary>
public enum ExportLinks
{
    /// <summary>A link stops the export.</summary>
    Refuse,

    /// <summary>A link is left out and counted.</summary>
    Skip,

    /// <summary>A link is made, last of all, and only if it stays inside the exported folder.</summary>
    Create,
}

/// <summary>How to export, and how much at most.</summary>
public sealed record ExportOptions
{
    /// <summary>Symbolic links.</summary>
    public ExportLinks Links { get; init; } = ExportLinks.Refuse;

    /// <summary>
    /// Accept names that some systems cannot hold (CON, a:b, a trailing dot, names that differ in case only). Names that could leave the folder are
    /// refused in any case.
    /// </summary>
    public bool AllowReservedNames { get; init; }

    /// <summary>Most files and folders.</summary>
    public long MaxEntries { get; init; } = 1L << 24;

    /// <summary>Most bytes of all files together.</summary>
    public long MaxBytes { get; init; } = 1L << 50;

    /// <summary>Most levels of folders.</summary>
    public int MaxDepth { get; init; } = 256;

    /// <summary>Told about each finished file.</summary>
    public IProgress<ExportProgress>? Progress { get; init; }
}

/// <summary>How far an export is.</summary>
public readonly record struct ExportProgress(long Bytes, long Files, string Path);

/// <summary>A finished export: what is on disk now, and what was there already and proven by its hashes.</summary>
public sealed record ExportResult(Cid Root, long Files, long Folders, long Bytes, long BytesReused, long LinksSkipped);

/// <summary>Why an export had to stop.</summary>
public enum ExportProblem
{
    /// <summary>A name that could leave the folder or that no file can have.</summary>
    UnsafeName,

    /// <summary>A name that some systems cannot hold; see <see cref="ExportOptions.AllowReservedNames"/>.</summary>
    ReservedName,

    /// <summary>The same name twice in one folder.</summary>
    DuplicateName,

    /// <summary>A symbolic link where none is allowed, or one that leads out.</summary>
    Symlink,

    /// <summary>A node that is neither file nor folder nor link.</summary>
    UnknownNode,

    /// <summary>More than the options allow.</summary>
    TooMuch,

    /// <summary>Something else is in the place on disk: a folder for a file, a link for a folder.</summary>
    InTheWay,
}

/// <summary>An export stopped: where and why. What was finished before stays and is used when it is run again.</summary>
public sealed class ExportException(ExportProblem problem, string path, string message) : Exception(message)
{
    /// <summary>What stopped it.</summary>
    public ExportProblem Problem { get; } = problem;

    /// <summary>The path inside the tree.</summary>
    public string Path { get; } = path;
}
