using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Etdb.Ledger.Flo.Keys;

/// <summary>
/// A BIP 32 extended key, secret or public, with FLO's version bytes. Secret ones wipe their secret on <see cref="Dispose"/> and show it only by <see cref="ToSecretText"/>.
/// </summary>
public sealed class ExtendedKey : IDisposable
{
    /// <summary>From this index on children are hardened: only the secret key can derive them.</summary>
    public const uint Hardened = 0x80000000;

    private const int Size = 78;
    private readonly byte[] _chainCode;
    private readonly byte[] _publicKey;
    private readonly byte[]? _secret;
    private readonly byte _depth;
    private readonly uint _parentFingerprint;
    private readonly uint _index;
    private bool _disposed;

    private ExtendedKey(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> chainCode, byte depth, uint parentFingerprint, uint index)
    {
        _chainCode = chainCode.ToArray();
        _depth = depth;
        _parentFingerprint = parentFingerprint;
        _index = index;
        if (secret.IsEmpty)
        {
            _publicKey = publicKey.ToArray();
            return;
        }

        _secret = GC.AllocateUninitializedArray<byte>(32, pinned: true);
        secret.CopyTo(_secret);
        _publicKey = new byte[33];
        if (!Secp256k1.Instance.TryDerivePublicKey(_secret, _publicKey))
        {
            throw new FormatException("The seed or index gives no valid key; BIP 32 says to take the next.");
        }
    }

    /// <summary>33 bytes.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    public bool HasSecret => _secret is not null;

    /// <summary>Derivations from the master key.</summary>
    public int Depth => _depth;

    /// <summary>The master key of a seed of 16 to 64 bytes.</summary>
    public static ExtendedKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length is < 16 or > 64)
        {
            throw new FormatException("A BIP 32 seed has 16 to 64 bytes.");
        }

        Span<byte> both = stackalloc byte[64];
        HMACSHA512.HashData("Bitcoin seed"u8, seed, both);
        var key = new ExtendedKey(both[..32], default, both[32..], 0, 0, 0);
        CryptographicOperations.ZeroMemory(both);
        return key;
    }

    /// <summary>Reads an extended key of a network, secret or public. Throws <see cref="FormatException"/>; the message never holds the text.</summary>
    public static ExtendedKey Parse(string text, FloNetwork network)
    {
        Span<byte> bytes = stackalloc byte[Base58Check.MaxPayload];
        if (!Base58Check.TryDecode(text, bytes, out var length) || length != Size)
        {
            throw NotOne(network);
        }

        var version = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var (depth, fingerprint, index) = (bytes[4], BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[9..]));
        var rootIsClean = depth != 0 || (fingerprint == 0 && index == 0);
        var key = bytes.Slice(45, 33);
        if (rootIsClean && version == network.ExtendedSecretVersion && key[0] == 0 && Secp256k1.Instance.IsValidSecret(key[1..]))
        {
            return new ExtendedKey(key[1..], default, bytes.Slice(13, 32), depth, fingerprint, index);
        }

        return rootIsClean && version == network.ExtendedPublicVersion && Secp256k1.Instance.IsValidPublicKey(key)
            ? new ExtendedKey(default, key, bytes.Slice(13, 32), depth, fingerprint, index)
            : throw NotOne(network);
    }

    /// <summary>The child at an index. Hardened ones need the secret.</summary>
    public ExtendedKey Derive(uint index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_depth == byte.MaxValue)
        {
            throw new InvalidOperationException("A BIP 32 path has at most 255 steps.");
        }

        Span<byte> data = stackalloc byte[37];
        data.Clear();
        if (index >= Hardened)
        {
            (_secret ?? throw new InvalidOperationException("A public key has no hardened children.")).CopyTo(data[1..]);
        }
        else
        {
            _publicKey.CopyTo(data);
        }

        BinaryPrimitives.WriteUInt32BigEndian(data[33..], index);
        Span<byte> both = stackalloc byte[64];
        HMACSHA512.HashData(_chainCode, data, both);
        var child = Child(both, index);
        CryptographicOperations.ZeroMemory(data);
        CryptographicOperations.ZeroMemory(both);
        return child;
    }

    /// <summary>The descendant at a path such as <c>m/44'/216'/1'/0/3</c>. Throws <see cref="FormatException"/> for other texts.</summary>
    public ExtendedKey DerivePath(string path)
    {
        var steps = path.Split('/');
        if (steps[0] is not ("m" or "M") || steps.Length > byte.MaxValue)
        {
            throw new FormatException("A path is written as m/44'/216'/1'/0/3.");
        }

        var at = this;
        foreach (var step in steps.Skip(1))
        {
            var hardened = step.EndsWith('\'') || step.EndsWith('h');
            if (!uint.TryParse(hardened ? step[..^1] : step, System.Globalization.NumberStyles.None, null, out var index) || index >= Hardened)
            {
                throw new FormatException($"'{step}' is no step of a path: a number below 2147483648, with ' for hardened.");
            }

            var next = at.Derive(hardened ? index | Hardened : index);
            if (at != this)
            {
                at.Dispose();
            }

            at = next;
        }

        return at;
    }

    /// <summary>The signing key. Throws when this key is public.</summary>
    public FloKey ToKey()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return FloKey.FromSecret(_secret ?? throw new InvalidOperationException("A public key cannot sign."));
    }

    /// <summary>The P2PKH address.</summary>
    public FloAddress Address(FloNetwork network) => FloAddress.FromPublicKey(_publicKey, network);

    /// <summary>The text of the public part: whoever has it sees all addresses below.</summary>
    public string ToPublicText(FloNetwork network) => Write(network.ExtendedPublicVersion, _publicKey);

    /// <summary>The text of the secret: whoever has it owns all keys below.</summary>
    public string ToSecretText(FloNetwork network)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Write(network.ExtendedSecretVersion, [0, .. _secret ?? throw new InvalidOperationException("This key is public.")]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        _disposed = true;
    }

    /// <summary>Says nothing of the key.</summary>
    public override string ToString() => "ExtendedKey(***)";

    private ExtendedKey Child(ReadOnlySpan<byte> both, uint index)
    {
        var fingerprint = BinaryPrimitives.ReadUInt32BigEndian(Hashes.Hash160(_publicKey));
        if (_secret is null)
        {
            var publicKey = new byte[33];
            return Secp256k1.Instance.TryAddToPublicKey(_publicKey, both[..32], publicKey)
                ? new ExtendedKey(default, publicKey, both[32..], (byte)(_depth + 1), fingerprint, index)
                : throw new FormatException("The index gives no valid key; BIP 32 says to take the next.");
        }

        Span<byte> secret = stackalloc byte[32];
        _secret.CopyTo(secret);
        if (!Secp256k1.Instance.TryAddToSecret(secret, both[..32]))
        {
            throw new FormatException("The index gives no valid key; BIP 32 says to take the next.");
        }

        var child = new ExtendedKey(secret, default, both[32..], (byte)(_depth + 1), fingerprint, index);
        CryptographicOperations.ZeroMemory(secret);
        return child;
    }

    private string Write(uint version, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, version);
        bytes[4] = _depth;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[5..], _parentFingerprint);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[9..], _index);
        _chainCode.CopyTo(bytes[13..]);
        key.CopyTo(bytes[45..]);
        return Base58Check.Encode(bytes);
    }

    private static FormatException NotOne(FloNetwork network) => new($"This is no extended key of the FLO network '{network.Name}'.");
}
