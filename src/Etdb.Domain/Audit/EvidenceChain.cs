using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Etdb.Domain.Audit;

/// <summary>What an entry of the evidence log is about.</summary>
public enum EvidenceKind
{
    /// <summary>An audit ended.</summary>
    Audit = 0,

    /// <summary>A replica changed its state.</summary>
    StateChange = 1,

    /// <summary>A repair, heal or unpin was commanded or ended.</summary>
    Action = 2,

    /// <summary>An operator overrode a decision.</summary>
    Override = 3,

    /// <summary>A node was lost, replaced, joined or left.</summary>
    NodeEvent = 4,

    /// <summary>A daily root was written into the ledger.</summary>
    Anchor = 5,

    /// <summary>Somebody asked for a change over the API, or how that ended.</summary>
    Call = 6,
}

/// <summary>What is to be recorded. Texts are at most <see cref="EvidenceChain.TextMaximum"/> UTF-8 bytes each.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Dataset">Dataset id; empty when about none.</param>
/// <param name="Node">Node id; empty when about none.</param>
/// <param name="Outcome">A word of a closed set, e.g. <c>passed</c>.</param>
/// <param name="Depth">How deep a check went, by number.</param>
/// <param name="Blocks">Blocks hashed.</param>
/// <param name="Author">Who: <c>cluster</c> or a person.</param>
/// <param name="Detail">Reason or figures, for people.</param>
public sealed record EvidenceDraft(
    DateTimeOffset At,
    EvidenceKind Kind,
    string Dataset,
    string Node,
    string Outcome,
    int Depth,
    long Blocks,
    string Author,
    string Detail);

/// <summary>An entry of the log, chained to the one before.</summary>
/// <param name="Sequence">Position, from 1, without gaps.</param>
/// <param name="Draft">What is recorded.</param>
/// <param name="Previous">Hash of the entry before, 64 lower-case hex digits; zeros before the first.</param>
/// <param name="Hash">Hash of this entry.</param>
public sealed record EvidenceEntry(long Sequence, EvidenceDraft Draft, string Previous, string Hash);

/// <summary>Where the log ends.</summary>
/// <param name="Sequence">Last position; 0 for an empty log.</param>
/// <param name="Hash">Its hash; zeros for an empty log.</param>
public sealed record EvidenceHead(long Sequence, string Hash);

/// <summary>One day of the log in 32 bytes, to be written into the ledger.</summary>
/// <param name="Day">The day, UTC, by the time of the entries.</param>
/// <param name="First">Sequence of its first entry.</param>
/// <param name="Count">Entries of the day.</param>
/// <param name="Root">Merkle root over their hashes in order of sequence, 64 hex digits.</param>
/// <param name="Head">Hash of its last entry: ties the day into the chain.</param>
public sealed record DailyRoot(DateOnly Day, long First, int Count, string Root, string Head);

/// <summary>The result of checking a stretch of the log.</summary>
/// <param name="Valid">Every entry hashes to what it says and follows the one before.</param>
/// <param name="Checked">Entries looked at.</param>
/// <param name="BrokenAt">Sequence of the first bad entry; null when valid.</param>
/// <param name="Problem">What is wrong with it, for people; null when valid.</param>
public sealed record EvidenceVerdict(bool Valid, long Checked, long? BrokenAt, string? Problem);

/// <summary>
/// The append-only log as pure functions. Each entry's hash covers the hash before it and every field, length-prefixed, so that nothing can be
/// changed, removed, put in or swapped without the head changing; a day's Merkle root in the ledger proves to strangers what was known
/// on that day.
/// </summary>
public static class EvidenceChain
{
    /// <summary>Most UTF-8 bytes of one text.</summary>
    public const int TextMaximum = 4096;

    private const int HashBytes = 32;

    private static readonly byte[] s_version = "etdb-evidence-1"u8.ToArray();

    /// <summary>An empty log.</summary>
    public static EvidenceHead Empty { get; } = new(0, new string('0', 2 * HashBytes));

    /// <summary>The next entry.</summary>
    public static EvidenceEntry Append(EvidenceHead head, EvidenceDraft draft)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(draft);
        var sequence = head.Sequence + 1;
        return new EvidenceEntry(sequence, draft, head.Hash, Hash(sequence, draft, head.Hash));
    }

    /// <summary>The head after an entry.</summary>
    public static EvidenceHead HeadOf(EvidenceEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new EvidenceHead(entry.Sequence, entry.Hash);
    }

    /// <summary>Checks entries that follow <paramref name="from"/>; they are read once, so a log of any length can be streamed.</summary>
    public static EvidenceVerdict Verify(EvidenceHead from, IEnumerable<EvidenceEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(entries);
        var head = from;
        long count = 0;
        foreach (var entry in entries)
        {
            if (Problem(head, entry) is { } problem)
            {
                return new EvidenceVerdict(Valid: false, count, entry.Sequence, problem);
            }

            head = HeadOf(entry);
            count++;
        }

        return new EvidenceVerdict(Valid: true, count, null, null);
    }

    /// <summary>The root of one day; its entries must be all entries of that day in order, and at least one.</summary>
    public static DailyRoot Day(DateOnly day, IReadOnlyList<EvidenceEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        if (entries.Count == 0)
        {
            throw new ArgumentException("A day without entries has no root: the absence of audits is an alarm, not evidence.", nameof(entries));
        }

        var root = MerkleTree.Root([.. entries.Select(e => Convert.FromHexString(e.Hash))]);
        return new DailyRoot(day, entries[0].Sequence, entries.Count, Convert.ToHexStringLower(root), entries[^1].Hash);
    }

    /// <summary>Whether a day's entries are those whose root was anchored.</summary>
    public static bool Matches(DailyRoot anchored, IReadOnlyList<EvidenceEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(anchored);
        ArgumentNullException.ThrowIfNull(entries);
        return entries.Count > 0 && Day(anchored.Day, entries) == anchored;
    }

    private static string? Problem(EvidenceHead head, EvidenceEntry entry)
    {
        if (entry.Sequence != head.Sequence + 1)
        {
            return $"Entry {entry.Sequence} follows entry {head.Sequence}: entries were removed, put in or reordered.";
        }

        if (entry.Previous != head.Hash)
        {
            return $"Entry {entry.Sequence} does not follow the hash of entry {head.Sequence}.";
        }

        return Hash(entry.Sequence, entry.Draft, entry.Previous) == entry.Hash ? null : $"Entry {entry.Sequence} was changed: its hash does not match its content.";
    }

    private static string Hash(long sequence, EvidenceDraft draft, string previous)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(s_version);
        Text(sha, previous);
        Number(sha, sequence);
        Number(sha, draft.At.ToUnixTimeMilliseconds());
        Number(sha, (long)draft.Kind);
        Text(sha, draft.Dataset);
        Text(sha, draft.Node);
        Text(sha, draft.Outcome);
        Number(sha, draft.Depth);
        Number(sha, draft.Blocks);
        Text(sha, draft.Author);
        Text(sha, draft.Detail);
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    private static void Number(IncrementalHash sha, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        sha.AppendData(bytes);
    }

    private static void Text(IncrementalHash sha, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > TextMaximum)
        {
            throw new ArgumentException($"A text of {bytes.Length} bytes; at most {TextMaximum} are recorded.", nameof(text));
        }

        Number(sha, bytes.Length);
        sha.AppendData(bytes);
    }
}
