using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>
/// A 256-bit hash in wire byte order (as hashed and as stored in transactions). Its text form is FLO's display order: the bytes
/// reversed, 64 lower-case hex digits. As a number (<see cref="ToNumber"/>) it is little endian, as proof of work reads it.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private readonly ulong _a;
    private readonly ulong _b;
    private readonly ulong _c;
    private readonly ulong _d;

    /// <summary>Takes 32 bytes in wire order.</summary>
    public Hash256(ReadOnlySpan<byte> wire)
    {
        if (wire.Length != Size)
        {
            throw new ArgumentException("A hash is 32 bytes.", nameof(wire));
        }

        this = MemoryMarshal.Read<Hash256>(wire);
    }

    /// <summary>All bits zero: "no previous block", the coinbase's input.</summary>
    public static Hash256 Zero => default;

    /// <summary>True when all bits are zero.</summary>
    public bool IsZero => (_a | _b | _c | _d) == 0;

    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);

    public static bool operator <(Hash256 left, Hash256 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash256 left, Hash256 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash256 left, Hash256 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash256 left, Hash256 right) => left.CompareTo(right) >= 0;

    /// <summary>SHA-256 of SHA-256 of the bytes.</summary>
    public static Hash256 DoubleSha256(ReadOnlySpan<byte> data)
    {
        Span<byte> once = stackalloc byte[Size];
        Span<byte> twice = stackalloc byte[Size];
        Crypto.Hashes.Sha256(data, once);
        Crypto.Hashes.Sha256(once, twice);
        return new Hash256(twice);
    }

    /// <summary>Reads the display form: 64 hex digits of either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Hash256 hash)
    {
        hash = default;
        if (text is null || text.Length != Size * 2)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        if (Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        bytes.Reverse();
        hash = new Hash256(bytes);
        return true;
    }

    /// <summary>Reads the display form, or throws <see cref="FormatException"/>.</summary>
    public static Hash256 Parse(string text) =>
        TryParse(text, out var hash) ? hash : throw new FormatException("A hash is written as 64 hex digits.");

    /// <summary>Writes the 32 bytes in wire order.</summary>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>The 32 bytes in wire order, as a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The hash as a little-endian number.</summary>
    public UInt256 ToNumber() => UInt256.FromLittleEndian(ToArray());

    /// <inheritdoc/>
    public bool Equals(Hash256 other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_a, _d);

    /// <summary>Orders by display form.</summary>
    public int CompareTo(Hash256 other)
    {
        var order = BinaryNumber(_d).CompareTo(BinaryNumber(other._d));
        order = order != 0 ? order : BinaryNumber(_c).CompareTo(BinaryNumber(other._c));
        order = order != 0 ? order : BinaryNumber(_b).CompareTo(BinaryNumber(other._b));
        return order != 0 ? order : BinaryNumber(_a).CompareTo(BinaryNumber(other._a));
    }

    /// <summary>The display form.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        bytes.Reverse();
        return Convert.ToHexStringLower(bytes);
    }

    private static ulong BinaryNumber(ulong stored) => BitConverter.IsLittleEndian ? stored : BinaryPrimitives.ReverseEndianness(stored);
}
