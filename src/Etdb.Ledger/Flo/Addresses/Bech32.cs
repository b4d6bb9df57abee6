namespace Etdb.Ledger.Flo.Addresses;

/// <summary>Bech32 segwit addresses (BIP 173), witness version 0: programs of 20 or 32 bytes.</summary>
internal static class Bech32
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int MaxText = 90;
    private const int ChecksumLength = 6;

    /// <summary>Writes a version-0 program.</summary>
    public static string Encode(string prefix, ReadOnlySpan<byte> program)
    {
        var values = new List<byte> { 0 };
        Regroup(program, 8, 5, pad: true, values);
        var checksum = Checksum(prefix, values);
        return prefix + "1" + string.Concat(values.Concat(checksum).Select(v => Alphabet[v]));
    }

    /// <summary>Reads a version-0 program of 20 or 32 bytes; null for anything else.</summary>
    public static byte[]? Decode(string prefix, string text)
    {
        if (text.Length > MaxText || text.Any(c => c is < '!' or > '~') || (text.Any(char.IsAsciiLetterLower) && text.Any(char.IsAsciiLetterUpper)))
        {
            return null;
        }

        var lower = text.ToLowerInvariant();
        if (!lower.StartsWith(prefix + "1", StringComparison.Ordinal) || lower.LastIndexOf('1') != prefix.Length)
        {
            return null;
        }

        var values = lower.Skip(prefix.Length + 1).Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal)).ToList();
        if (values.Count < ChecksumLength + 1 || values.Contains(-1))
        {
            return null;
        }

        var data = values.Select(v => (byte)v).ToList();
        var body = data[..^ChecksumLength];
        if (!Checksum(prefix, body).SequenceEqual(data[^ChecksumLength..]) || body[0] != 0)
        {
            return null;
        }

        var program = new List<byte>();
        return Regroup(body.Skip(1).ToArray(), 5, 8, pad: false, program) && program.Count is 20 or 32 ? [.. program] : null;
    }

    private static byte[] Checksum(string prefix, List<byte> values)
    {
        var expanded = prefix.Select(c => (byte)(c >> 5)).Append((byte)0).Concat(prefix.Select(c => (byte)(c & 31))).Concat(values).Concat(new byte[ChecksumLength]);
        var polymod = Polymod(expanded) ^ 1;
        return [.. Enumerable.Range(0, ChecksumLength).Select(i => (byte)((polymod >> (5 * (5 - i))) & 31))];
    }

    private static uint Polymod(IEnumerable<byte> values)
    {
        ReadOnlySpan<uint> generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        var check = 1u;
        foreach (var value in values)
        {
            var top = check >> 25;
            check = ((check & 0x1ffffff) << 5) ^ value;
            for (var i = 0; i < generator.Length; i++)
            {
                check ^= ((top >> i) & 1) == 1 ? generator[i] : 0;
            }
        }

        return check;
    }

    private static bool Regroup(ReadOnlySpan<byte> from, int fromBits, int toBits, bool pad, List<byte> to)
    {
        var accumulator = 0u;
        var bits = 0;
        var mask = (1u << toBits) - 1;
        foreach (var value in from)
        {
            accumulator = ((accumulator << fromBits) | value) & 0xfff;
            bits += fromBits;
            while (bits >= toBits)
            {
                bits -= toBits;
                to.Add((byte)((accumulator >> bits) & mask));
            }
        }

        var rest = (accumulator << (toBits - bits)) & mask;
        if (pad)
        {
            if (bits > 0)
            {
                to.Add((byte)rest);
            }

            return true;
        }

        return bits < fromBits && rest == 0;
    }
}
