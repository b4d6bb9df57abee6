using System.Globalization;

namespace Etdb.Domain.Audit;

/// <summary>
/// A day's root as it stands in the ledger: <c>etdb-evidence:1:DAY:FIRST:COUNT:ROOT:HEAD</c>, one line of ASCII. Who has the log can check it against that line;
/// who wrote the log cannot write another one for a day that is anchored.
/// </summary>
public static class EvidenceAnchor
{
    /// <summary>Longest line that is read.</summary>
    public const int LengthMaximum = 240;

    private const string Form = "etdb-evidence:1";
    private const string DayFormat = "yyyy-MM-dd";
    private const int HashDigits = 64;

    /// <summary>The line of a root.</summary>
    public static string Write(DailyRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return string.Create(CultureInfo.InvariantCulture, $"{Form}:{root.Day.ToString(DayFormat, CultureInfo.InvariantCulture)}:{root.First}:{root.Count}:{root.Root}:{root.Head}");
    }

    /// <summary>Reads a line; null for anything of another form.</summary>
    public static DailyRoot? Read(string? line)
    {
        if (line is null || line.Length > LengthMaximum || !line.StartsWith(Form + ":", StringComparison.Ordinal))
        {
            return null;
        }

        return line[(Form.Length + 1)..].Split(':') is [var day, var first, var count, var root, var head]
            && DateOnly.TryParseExact(day, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from) && from > 0
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var many) && many > 0
            && IsHash(root) && IsHash(head) ? new DailyRoot(date, from, many, root, head) : null;
    }

    /// <summary>
    /// Whether the log still holds what was anchored, and what is wrong when it does not. <paramref name="hashes"/> are those of the day's entries by sequence; a day that
    /// was anchored before it ended has more of them now than then.
    /// </summary>
    public static string? Problem(DailyRoot anchored, IReadOnlyList<(long Sequence, string Hash)> hashes)
    {
        ArgumentNullException.ThrowIfNull(anchored);
        ArgumentNullException.ThrowIfNull(hashes);
        var day = anchored.Day.ToString(DayFormat, CultureInfo.InvariantCulture);
        if (hashes.Count < anchored.Count)
        {
            return $"Of {day} {anchored.Count} entries were anchored, the log has {hashes.Count}: entries were removed, or it is another log.";
        }

        if (hashes[0].Sequence != anchored.First)
        {
            return $"The entries of {day} begin with {hashes[0].Sequence}; anchored was {anchored.First}.";
        }

        var root = Convert.ToHexStringLower(MerkleTree.Root([.. hashes.Take(anchored.Count).Select(h => Convert.FromHexString(h.Hash))]));
        return root == anchored.Root && hashes[anchored.Count - 1].Hash == anchored.Head ? null : $"The entries of {day} are not those that were anchored: the log was written anew.";
    }

    private static bool IsHash(string text) => text.Length == HashDigits && text.All(char.IsAsciiHexDigitLower);
}
