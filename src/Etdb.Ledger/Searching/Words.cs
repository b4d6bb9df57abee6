using System.Collections.Immutable;

namespace Etdb.Ledger.Searching;

/// <summary>
/// How text falls into words: runs of letters and digits, compared without regard to case. Everything else parts them, so
/// <c>jensen.lab</c> and <c>rr2014-01-14-5</c> are found by any of their words and, as they stand, by all of them in a row.
/// </summary>
internal static class Words
{
    /// <summary>The words of a text.</summary>
    public static ImmutableArray<string> Of(string text)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        for (var (start, end) = (0, 0); Next(text, ref start, ref end); start = end)
        {
            words.Add(text[start..end]);
        }

        return words.ToImmutable();
    }

    /// <summary>True when the words stand in the text one after the other.</summary>
    public static bool Contains(string text, ImmutableArray<string> words)
    {
        if (words.IsEmpty || !text.Contains(words[0], StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        for (var (start, end) = (0, 0); Next(text, ref start, ref end); start = end)
        {
            if (StartsAt(text, start, words))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when one of the words, or the text as a whole, is what the pattern says.</summary>
    public static bool Fits(string text, string pattern)
    {
        if (Glob(text, pattern))
        {
            return true;
        }

        for (var (start, end) = (0, 0); Next(text, ref start, ref end); start = end)
        {
            if (Glob(text.AsSpan(start, end - start), pattern))
            {
                return true;
            }
        }

        return false;
    }

    private static bool StartsAt(string text, int start, ImmutableArray<string> words)
    {
        var end = start;
        foreach (var word in words)
        {
            if (!Next(text, ref start, ref end) || !text.AsSpan(start, end - start).Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            start = end;
        }

        return true;
    }

    /// <summary>Moves to the next word at or after <paramref name="start"/>.</summary>
    private static bool Next(string text, ref int start, ref int end)
    {
        while (start < text.Length && !IsPart(text, start))
        {
            start++;
        }

        end = start;
        while (end < text.Length && IsPart(text, end))
        {
            end++;
        }

        return end > start;
    }

    // Both halves of a character beyond the first plane count as what the whole is.
    private static bool IsPart(string text, int at)
    {
        var c = text[at];
        if (!char.IsSurrogate(c))
        {
            return char.IsLetterOrDigit(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
        }

        var first = char.IsLowSurrogate(c) ? at - 1 : at;
        return first >= 0 && first + 1 < text.Length && char.IsSurrogatePair(text[first], text[first + 1]) && char.IsLetterOrDigit(text, first);
    }

    // Goes on from the last star when something does not fit: linear but for the product of stars and text.
    private static bool Glob(ReadOnlySpan<char> text, string pattern)
    {
        var (at, p, star, resume) = (0, 0, -1, 0);
        while (at < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, at);
            }
            else if (p < pattern.Length && pattern[p] == '?')
            {
                (at, p) = (at + 1, p + 1);
            }
            else if (Literal(pattern, p, out var width) is { } c && char.ToUpperInvariant(c) == char.ToUpperInvariant(text[at]))
            {
                (at, p) = (at + 1, p + width);
            }
            else if (star >= 0)
            {
                (at, p) = (++resume, star + 1);
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    private static char? Literal(string pattern, int at, out int width)
    {
        width = at + 1 < pattern.Length && pattern[at] == '\\' ? 2 : 1;
        return at < pattern.Length ? pattern[at + width - 1] : null;
    }
}
