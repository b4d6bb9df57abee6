using System.Buffers;
using System.Globalization;
using System.Text;

namespace Etdb.Ledger.Oip;

/// <summary>
/// One part of a record that is too long for one comment:
/// <c>oip-mp(PART,MAX,ADDRESS,REFERENCE,SIGNATURE):DATA</c> (older prefix <c>alexandria-media-multipart(</c>). MAX is the index of the
/// last part. The signed text is <c>PART-MAX-ADDRESS-REFERENCE-DATA</c> with each field as written; DATA is bytes, not text, as
/// publishers have cut inside characters.
/// </summary>
/// <param name="Part">0..Max.</param>
/// <param name="Max">1..999; in OIP 5 also 0, a message in one part.</param>
/// <param name="Address">Who signed.</param>
/// <param name="Reference">Lower-case hex of the first part's txid, or a prefix of at least ten digits; empty for part 0.</param>
/// <param name="Data">This part's share of the record.</param>
public sealed record MultipartPart(int Part, int Max, string Address, string Reference, ReadOnlyMemory<byte> Data)
{
    /// <summary>Prefix since 0.41.</summary>
    public const string Prefix = "oip-mp(";

    /// <summary>Prefix before.</summary>
    public const string OldPrefix = "alexandria-media-multipart(";

    /// <summary>Hex digits by which parts find each other; 40 bits, so full references are preferred where given.</summary>
    public const int KeyDigits = 10;

    /// <summary>A hyphen behind each of the four fields that are signed before the data.</summary>
    private const int Separators = 4;

    private static readonly string ZeroReference = new('0', 64);

    /// <summary>A part of an OIP 5 message: its data are bytes of a protobuf, not text.</summary>
    public bool IsProto { get; init; }

    /// <summary>True when the parts after the first name it by its whole id, which nobody can grind.</summary>
    public bool HasFullReference => Reference.Length == 64;

    /// <summary>Reads the comment behind the prefix and checks the signature.</summary>
    public static OipReason TryRead(ReadOnlyMemory<byte> comment, IMessageVerifier verifier, out MultipartPart? part)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        part = null;
        var end = comment.Span.IndexOf("):"u8);
        if (end is < 0 or > 1024 || !Ascii.IsValid(comment.Span[..end]))
        {
            return OipReason.MultipartMalformed;
        }

        var fields = Encoding.ASCII.GetString(comment.Span[..end]).Split(',', 7);
        if (fields.Length is < 4 or > 6)
        {
            return OipReason.MultipartMalformed;
        }

        if (!TryInteger(fields[0], out var number) || !TryInteger(fields[1], out var max) || number < 0 || max <= 0 || number > max)
        {
            return OipReason.MultipartNumbers;
        }

        if (max >= OipLimits.MaxParts)
        {
            return OipReason.MultipartTooLong;
        }

        // A trailing comma of 2016 leaves an empty last field: the signature is the one before.
        var signature = fields[^1].Length > 0 ? fields[^1] : fields[^2];
        var data = comment[(end + 2)..];
        var verdict = CheckSignature(verifier, fields, signature, number == 0, data.Span);
        if (verdict != OipReason.None)
        {
            return verdict;
        }

        if (!TryReference(number, fields[3], out var reference))
        {
            return OipReason.MultipartReference;
        }

        part = new MultipartPart((int)number, (int)max, fields[2], reference, data);
        return OipReason.None;
    }

    private static OipReason CheckSignature(IMessageVerifier verifier, string[] fields, string signature, bool isFirst, ReadOnlySpan<byte> data)
    {
        var address = fields[2];
        if (address.Length > OipLimits.MaxFieldChars || !verifier.IsAddress(address))
        {
            return OipReason.AddressInvalid;
        }

        if (signature.Length is 0 or > OipLimits.MaxFieldChars)
        {
            return signature.Length == 0 ? OipReason.SignatureMissing : OipReason.SignatureMalformed;
        }

        var verdict = Verify(verifier, fields, fields[3], signature, data);
        if (verdict == SignatureVerdict.Wrong && isFirst)
        {
            verdict = Verify(verifier, fields, ZeroReference, signature, data);
        }

        return verdict switch
        {
            SignatureVerdict.Valid => OipReason.None,
            SignatureVerdict.Malformed => OipReason.SignatureMalformed,
            _ => OipReason.SignatureWrong,
        };
    }

    private static SignatureVerdict Verify(IMessageVerifier verifier, string[] fields, string reference, string signature, ReadOnlySpan<byte> data)
    {
        var rented = ArrayPool<byte>.Shared.Rent(fields[0].Length + fields[1].Length + fields[2].Length + reference.Length + Separators + data.Length);
        try
        {
            // Every field is ASCII: the head was checked as a whole.
            var length = 0;
            foreach (var field in (ReadOnlySpan<string>)[fields[0], fields[1], fields[2], reference])
            {
                length += Encoding.ASCII.GetBytes(field, rented.AsSpan(length));
                rented[length++] = (byte)'-';
            }

            data.CopyTo(rented.AsSpan(length));
            return verifier.Verify(fields[2], signature, rented.AsSpan(0, length + data.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryReference(long number, string written, out string reference)
    {
        reference = number == 0 ? "" : written.ToLowerInvariant();
        return number == 0 || (written.Length is >= KeyDigits and <= 64 && written.All(char.IsAsciiHexDigit));
    }

    // Go's Atoi: an optional sign and digits, leading zeros allowed.
    private static bool TryInteger(string text, out long value)
    {
        value = 0;
        return text.Length is > 0 and <= 18
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The bytes a part signs.</summary>
    public static byte[] Preimage(string part, string max, string address, string reference, ReadOnlySpan<byte> data)
    {
        var head = Encoding.UTF8.GetBytes($"{part}-{max}-{address}-{reference}-");
        return [.. head, .. data];
    }

    /// <summary>The signed comment of a part; <paramref name="reference"/> is empty for part 0 and the whole txid of part 0 for the others.</summary>
    public static byte[] Compose(int part, int max, string reference, ReadOnlySpan<byte> data, IMessageSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        var partText = part.ToString(CultureInfo.InvariantCulture);
        var maxText = max.ToString(CultureInfo.InvariantCulture);
        var signature = signer.Sign(Preimage(partText, maxText, signer.Address, reference, data));
        var head = Encoding.UTF8.GetBytes($"{Prefix}{partText},{maxText},{signer.Address},{reference},{signature}):");
        return [.. head, .. data];
    }
}
