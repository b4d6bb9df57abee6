using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>Cuts the steps of a tree into windows of work that fit into memory; small files share a window, a large file takes many.</summary>
internal static class FileWindows
{
    public static IEnumerable<List<ImportUnit>> Plan(IEnumerable<TreeItem> items, ImportOptions options)
    {
        var window = new List<ImportUnit>();
        var bytes = 0L;
        foreach (var unit in Units(items, options))
        {
            window.Add(unit);
            bytes += unit.Length;
            if (bytes >= UnixFsImporter.WindowBytes || window.Count >= UnixFsImporter.WindowUnits)
            {
                yield return window;
                window = [];
                bytes = 0;
            }
        }

        if (window.Count > 0)
        {
            yield return window;
        }
    }

    private static IEnumerable<ImportUnit> Units(IEnumerable<TreeItem> items, ImportOptions options)
    {
        foreach (var item in items)
        {
            var changedAt = item.Step == TreeStep.File && options.Journal is not null ? File.GetLastWriteTimeUtc(item.FullPath) : (DateTime?)null;
            var known = changedAt is { } time ? options.Journal!.Find(item.FullPath, item.Bytes, time) : null;
            if (item.Step != TreeStep.File || known is { IsDone: true })
            {
                yield return new ImportUnit { Item = item, Known = known };
                continue;
            }

            var source = new SourceFile(item.FullPath, item.Bytes, changedAt);
            var offset = known?.Offset ?? 0;
            do
            {
                var length = (int)Math.Min(options.Profile.ChunkBytes, item.Bytes - offset);
                yield return new ImportUnit { Item = item, Source = source, Offset = offset, Length = length, IsLast = offset + length == item.Bytes, Known = known };
                offset += length;
                known = null;
            }
            while (offset < item.Bytes);
        }
    }
}
