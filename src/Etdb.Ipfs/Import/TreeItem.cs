namespace Etdb.Ipfs.Import;

/// <summary>One step through a folder: a folder opens, files and links in it, the folder closes.</summary>
internal enum TreeStep
{
    Open,
    File,
    Link,
    Close,
}

/// <summary>One step with the name it has in its folder and where it is on disk.</summary>
internal sealed record TreeItem(TreeStep Step, string Name, string FullPath, long Bytes, string? LinkTarget);
