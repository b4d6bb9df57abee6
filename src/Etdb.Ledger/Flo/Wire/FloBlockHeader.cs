using System.Buffers.Binary;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>The 80 bytes that name a block (double SHA-256) and carry its work (scrypt).</summary>
public sealed class FloBlockHeader
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 80;

    private readonly byte[] _raw;

    private FloBlockHeader(byte[] raw, Hash256 hash) => (_raw, Hash) = (raw, hash);

    private FloBlockHeader(byte[] raw)
        : this(raw, Hash256.DoubleSha256(raw))
    {
    }

    /// <summary>Puts a header together.</summary>
    public FloBlockHeader(int version, Hash256 previous, Hash256 merkleRoot, uint time, uint bits, uint nonce)
        : this(Write(version, previous, merkleRoot, time, bits, nonce))
    {
    }

    public ReadOnlySpan<byte> Raw => _raw;

    public int Version => BinaryPrimitives.ReadInt32LittleEndian(_raw);

    /// <summary>Block id of the parent; zero for a genesis block.</summary>
    public Hash256 Previous => new(_raw.AsSpan(4, 32));

    public Hash256 MerkleRoot => new(_raw.AsSpan(36, 32));

    /// <summary>Unix seconds.</summary>
    public uint Time => BinaryPrimitives.ReadUInt32LittleEndian(_raw.AsSpan(68));

    /// <summary>Target in compact form.</summary>
    public uint Bits => BinaryPrimitives.ReadUInt32LittleEndian(_raw.AsSpan(72));

    public uint Nonce => BinaryPrimitives.ReadUInt32LittleEndian(_raw.AsSpan(76));

    /// <summary>Block id: double SHA-256 of the header.</summary>
    public Hash256 Hash { get; private set; }

    /// <summary>Reads exactly 80 bytes. Throws <see cref="FormatException"/>.</summary>
    public static FloBlockHeader Parse(ReadOnlySpan<byte> raw) =>
        raw.Length == Size ? new FloBlockHeader(raw.ToArray()) : throw new FormatException($"A block header is {Size} bytes, not {raw.Length}.");

    /// <summary>Takes 80 bytes whose hash is still to come.</summary>
    internal static FloBlockHeader ReadForm(ReadOnlySpan<byte> raw) => new(raw.ToArray(), default);

    internal void SetHash(Hash256 hash) => Hash = hash;

    /// <summary>Reads 160 hex digits. Throws <see cref="FormatException"/>.</summary>
    public static FloBlockHeader ParseHex(string hex) => Parse(Convert.FromHexString(hex));

    /// <summary>The work hash, scrypt(1024,1,1) of the header salted with itself. About a millisecond.</summary>
    public Hash256 ComputePowHash() => ProofOfWork.Hash(_raw);

    public string ToHex() => Convert.ToHexStringLower(_raw);

    /// <inheritdoc/>
    public override string ToString() => Hash.ToString();

    private static byte[] Write(int version, Hash256 previous, Hash256 merkleRoot, uint time, uint bits, uint nonce)
    {
        var raw = new byte[Size];
        BinaryPrimitives.WriteInt32LittleEndian(raw, version);
        previous.CopyTo(raw.AsSpan(4));
        merkleRoot.CopyTo(raw.AsSpan(36));
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(68), time);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(72), bits);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(76), nonce);
        return raw;
    }
}
