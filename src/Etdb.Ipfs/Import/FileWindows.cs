using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>Cuts the steps of a tree into windows of work that fit into memory; small files share a window, a large file takes many.</summary>
internal static class FileWindows
{
    public static IEnumerable<List<ImportUnit>> Plan(IEnumerable<TreeItem> items, ImportProfile profile)
    {
        var window = new List<ImportUnit>();
        var bytes = 0L;
        foreach (var unit in Units(items, profile))
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

    private static IEnumerable<ImportUnit> Units(IEnumerable<TreeItem> items, ImportProfile profile)
    {
        foreach (var item in items)
        {
            if (item.Step != TreeStep.File)
            {
                yield return new ImportUnit { Item = item };
                continue;
            }

            var source = new SourceFile(item.FullPath, item.Bytes);
            var offset = 0L;
            do
            {
                var length = (int)Math.Min(profile.ChunkBytes, item.Bytes - offset);
                yield return new ImportUnit { Item = item, Source = source, Offset = offset, Length = length, IsLast = offset + length == item.Bytes };
                offset += length;
            }
            while (offset < item.Bytes);
        }
    }
}
