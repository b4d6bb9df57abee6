using System.Globalization;
using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Import;

/// <summary>
/// Notes on disk what an import has finished, so that one that was stopped goes on: whole files by path, length and time of change, and inside a large
/// file its unfinished levels every <see cref="CheckpointBytes"/>. A note is written only after the blocks it speaks of are with the writer. A file that
/// has changed since is read anew; a torn last line is ignored. One import at a time.
/// </summary>
public sealed class ImportJournal : IDisposable
{
    /// <summary>Bytes of one file between two notes.</summary>
    public const long CheckpointBytes = 1L << 30;

    /// <summary>Longest line that is read, in characters.</summary>
    public const int MaxLine = 1 << 22;

    private const int MaxLevels = 64;

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly StreamWriter _writer;

    private ImportJournal(string path, string profile)
    {
        var keep = File.Exists(path) && TryLoad(path, profile);
        _writer = new StreamWriter(new FileStream(path, keep ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read));

        // Ends a torn line; an empty one means nothing.
        _writer.WriteLine(keep ? string.Empty : profile);
        _writer.Flush();
    }

    /// <summary>Opens or begins the journal at <paramref name="path"/>; notes made under another profile are dropped.</summary>
    public static ImportJournal Open(string path, ImportProfile profile)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(profile);
        return new ImportJournal(path, Fingerprint(profile));
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    /// <summary>What is known of a file as it is now; null when nothing is.</summary>
    internal Entry? Find(string path, long bytes, DateTime changedAt) =>
        _entries.TryGetValue(path, out var entry) && entry.Bytes == bytes && entry.ChangedAt == changedAt.Ticks ? entry : null;

    /// <summary>Writes notes and makes them durable.</summary>
    internal void Append(IReadOnlyList<Entry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        foreach (var entry in entries)
        {
            _entries[entry.Path] = entry;
            _writer.WriteLine(JsonSerializer.Serialize(entry));
        }

        _writer.Flush();
        ((FileStream)_writer.BaseStream).Flush(true);
    }

    private static string Fingerprint(ImportProfile profile) => string.Create(
        CultureInfo.InvariantCulture, $"etdb-import-1 cid{profile.CidVersion} raw{profile.RawLeaves} chunk{profile.ChunkBytes} links{profile.FileLinks}");

    private bool TryLoad(string path, string profile)
    {
        using var reader = new StreamReader(path);
        if (reader.ReadLine() != profile)
        {
            return false;
        }

        while (reader.ReadLine() is { } line)
        {
            if (line.Length is > 0 and < MaxLine && TryParse(line) is { } entry)
            {
                _entries[entry.Path] = entry;
            }
        }

        return true;
    }

    private static Entry? TryParse(string line)
    {
        try
        {
            var entry = JsonSerializer.Deserialize<Entry>(line);
            if (entry is not { Path: not null, Levels: not null } || entry.Levels.Count > MaxLevels || entry.Offset < 0 || entry.Offset > entry.Bytes)
            {
                return null;
            }

            return entry.Levels.All(level => level.All(part => Cid.TryParse(part.Cid, out _))) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// A file of <paramref name="Bytes"/> bytes last changed at <paramref name="ChangedAt"/> (ticks, UTC), imported up to <paramref name="Offset"/>. When
    /// that is the end, <paramref name="Levels"/> holds the root alone; else the unfinished levels, lowest first.
    /// </summary>
    internal sealed record Entry(string Path, long Bytes, long ChangedAt, long Offset, bool IsDone, long Blocks, List<List<Part>> Levels)
    {
        public IEnumerable<IEnumerable<DagPart>> ToLevels() =>
            Levels.Select(level => level.Select(part => new DagPart(Etdb.Ipfs.Cids.Cid.Parse(part.Cid), part.FileBytes, part.TotalBytes)));

        public static List<List<Part>> FromLevels(IEnumerable<IEnumerable<DagPart>> levels) =>
            [.. levels.Select(level => level.Select(part => new Part(part.Cid.ToString(), part.FileBytes, part.TotalBytes)).ToList())];
    }

    /// <summary>A <see cref="DagPart"/> as the journal writes it.</summary>
    internal sealed record Part(string Cid, ulong FileBytes, ulong TotalBytes);
}
