using System.Globalization;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Publishing.Records;

/// <summary>
/// Cuts a comment that is longer than relay policy allows into parts that are as large as fit in 1040 bytes with their head, and never
/// cuts inside a UTF-8 character. Parts after the first carry the whole id of the first one's transaction, so that nobody can
/// make them part of another record.
/// </summary>
public static class MultipartSplitter
{
    private const int SignatureChars = 88;
    private const int TxidChars = 64;

    /// <summary>The shares in order; a single one when the comment fits as it is.</summary>
    /// <exception cref="FormatException">More than 1000 parts, or not UTF-8.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> comment, string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (comment.Length <= OipLimits.RelayCommentBytes)
        {
            return [comment];
        }

        if (!System.Text.Unicode.Utf8.IsValid(comment.Span))
        {
            throw new FormatException("A record is UTF-8 text.");
        }

        // The width of MAX is not known before the parts are counted: one digit first, then as many as it takes.
        for (var digits = 1; digits <= 3; digits++)
        {
            var shares = Cut(comment, address.Length, digits);
            if ((shares.Count - 1).ToString(CultureInfo.InvariantCulture).Length <= digits)
            {
                return shares;
            }
        }

        throw new FormatException($"The record has {comment.Length} bytes, which is more than {OipLimits.MaxParts} parts hold.");
    }

    private static List<ReadOnlyMemory<byte>> Cut(ReadOnlyMemory<byte> comment, int addressLength, int maxDigits)
    {
        var shares = new List<ReadOnlyMemory<byte>>();
        for (var offset = 0; offset < comment.Length && shares.Count <= OipLimits.MaxParts;)
        {
            var end = Math.Min(offset + Capacity(shares.Count, maxDigits, addressLength), comment.Length);
            while (end < comment.Length && (comment.Span[end] & 0xC0) == 0x80)
            {
                end--;
            }

            shares.Add(comment[offset..end]);
            offset = end;
        }

        return shares;
    }

    /// <summary>Bytes of data beside the head <c>oip-mp(PART,MAX,ADDRESS,REFERENCE,SIGNATURE):</c>.</summary>
    private static int Capacity(int part, int maxDigits, int addressLength)
    {
        var head = MultipartPart.Prefix.Length + part.ToString(CultureInfo.InvariantCulture).Length + maxDigits
            + addressLength + (part == 0 ? 0 : TxidChars) + SignatureChars + "oip-mp(,,,,):".Length - MultipartPart.Prefix.Length;
        return OipLimits.RelayCommentBytes - head;
    }
}
