namespace Etdb.Ledger.Flo.Crypto;

/// <summary>
/// DER forms of ECDSA signatures. Writing is strict (BIP 66). Reading is as lax as consensus was before BIP 66, because old blocks hold such
/// signatures: lengths may be non-minimal, integers padded, trailing bytes present.
/// </summary>
public static class EcdsaSignature
{
    private const byte Sequence = 0x30;
    private const byte Integer = 0x02;

    /// <summary>Half the order of the curve, rounded down.</summary>
    private static readonly byte[] HalfOrder = Convert.FromHexString("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

    /// <summary>Writes 64 bytes (r, s) as DER, 8 to 72 bytes.</summary>
    public static byte[] ToDer(ReadOnlySpan<byte> compact)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(compact.Length, 64, nameof(compact));
        var r = Trim(compact[..32]);
        var s = Trim(compact[32..]);
        var rPad = r[0] >= 0x80 ? 1 : 0;
        var sPad = s[0] >= 0x80 ? 1 : 0;
        var der = new byte[6 + rPad + r.Length + sPad + s.Length];
        der[0] = Sequence;
        der[1] = (byte)(der.Length - 2);
        der[2] = Integer;
        der[3] = (byte)(rPad + r.Length);
        r.CopyTo(der.AsSpan(4 + rPad));
        var second = 4 + rPad + r.Length;
        der[second] = Integer;
        der[second + 1] = (byte)(sPad + s.Length);
        s.CopyTo(der.AsSpan(second + 2 + sPad));
        return der;
    }

    /// <summary>Reads a DER signature (without hash type byte) into 64 bytes. An integer above 256 bits yields zeros: a signature that never verifies.</summary>
    public static bool TryFromDer(ReadOnlySpan<byte> der, Span<byte> compact)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(compact.Length, 64, nameof(compact));
        var position = 0;
        compact.Clear();
        if (!TryTag(der, ref position, Sequence) || !TryLength(der, ref position, out _)
            || !TryInteger(der, ref position, compact[..32], out var fits) || !TryInteger(der, ref position, compact[32..], out var fitsToo))
        {
            return false;
        }

        if (!fits || !fitsToo)
        {
            compact.Clear();
        }

        return true;
    }

    /// <summary>True when the signature (DER, without hash type byte) has the lower of its two possible S.</summary>
    public static bool IsLowS(ReadOnlySpan<byte> der)
    {
        Span<byte> compact = stackalloc byte[64];
        return TryFromDer(der, compact) && compact[32..].SequenceCompareTo(HalfOrder) <= 0;
    }

    /// <summary>True for the one strict form BIP 66 allows, hash type byte included.</summary>
    public static bool IsStrictDer(ReadOnlySpan<byte> signature)
    {
        if (signature.Length is < 9 or > 73 || signature[0] != Sequence || signature[1] != signature.Length - 3)
        {
            return false;
        }

        int rLength = signature[3];
        if (rLength + 5 >= signature.Length)
        {
            return false;
        }

        int sLength = signature[5 + rLength];
        return rLength + sLength + 7 == signature.Length && IsStrictInteger(signature.Slice(2, rLength + 2)) && IsStrictInteger(signature.Slice(4 + rLength, sLength + 2));
    }

    private static bool IsStrictInteger(ReadOnlySpan<byte> tagged) =>
        tagged.Length > 2 && tagged[0] == Integer && tagged[2] < 0x80 && !(tagged.Length > 3 && tagged[2] == 0 && tagged[3] < 0x80);

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> number)
    {
        while (number.Length > 1 && number[0] == 0)
        {
            number = number[1..];
        }

        return number;
    }

    private static bool TryTag(ReadOnlySpan<byte> der, ref int position, byte tag) => position < der.Length && der[position++] == tag;

    private static bool TryLength(ReadOnlySpan<byte> der, ref int position, out int length)
    {
        length = 0;
        if (position >= der.Length)
        {
            return false;
        }

        int first = der[position++];
        if (first < 0x80)
        {
            length = first;
            return true;
        }

        var bytes = first - 0x80;
        if (bytes > der.Length - position)
        {
            return false;
        }

        for (; bytes > 0; bytes--)
        {
            if (length > der.Length)
            {
                return false;
            }

            length = (length << 8) | der[position++];
        }

        return true;
    }

    private static bool TryInteger(ReadOnlySpan<byte> der, ref int position, Span<byte> destination, out bool fits)
    {
        fits = true;
        if (!TryTag(der, ref position, Integer) || !TryLength(der, ref position, out var length) || length > der.Length - position)
        {
            return false;
        }

        var number = der.Slice(position, length);
        position += length;
        while (number.Length > 0 && number[0] == 0)
        {
            number = number[1..];
        }

        fits = number.Length <= destination.Length;
        if (fits)
        {
            number.CopyTo(destination[(destination.Length - number.Length)..]);
        }

        return true;
    }
}
