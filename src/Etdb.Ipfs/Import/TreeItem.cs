using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>One step through a tree: a folder opens, what is in it, the folder closes.</summary>
internal enum TreeStep
{
    Open,
    File,
    Link,

    /// <summary>Content that is imported already and only gets a name here.</summary>
    Part,
    Close,
}

/// <summary>One step with the name it has in its folder and where it is on disk.</summary>
internal sealed record TreeItem(TreeStep Step, string Name, string FullPath, long Bytes, string? LinkTarget)
{
    /// <summary>Set for <see cref="TreeStep.Part"/>.</summary>
    public DagPart Part { get; init; }
}
