using System.Security.Cryptography;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>secp256k1 by Bitcoin Core's libsecp256k1. One context for the process, blinded with random bytes, read-only afterwards.</summary>
public sealed unsafe class Secp256k1 : ICurve
{
    private const int KeyBytes = 64;
    private const int RecoverableBytes = 65;
    private readonly nint _context;

    private Secp256k1()
    {
        _context = NativeSecp256k1.ContextCreate(NativeSecp256k1.ContextSignVerify);
        var seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(new Span<byte>(seed, 32));
        if (_context == 0 || NativeSecp256k1.ContextRandomize(_context, seed) != 1)
        {
            throw new InvalidOperationException("libsecp256k1 gave no usable context.");
        }
    }

    /// <summary>The one instance.</summary>
    public static Secp256k1 Instance { get; } = new();

    /// <inheritdoc/>
    public bool IsValidSecret(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != 32)
        {
            return false;
        }

        fixed (byte* s = secret)
        {
            return NativeSecp256k1.SecretVerify(_context, s) == 1;
        }
    }

    /// <inheritdoc/>
    public bool TryDerivePublicKey(ReadOnlySpan<byte> secret, Span<byte> destination)
    {
        if (!IsValidSecret(secret))
        {
            return false;
        }

        var key = stackalloc byte[KeyBytes];
        fixed (byte* s = secret)
        {
            return NativeSecp256k1.PublicKeyCreate(_context, key, s) == 1 && Serialize(key, destination);
        }
    }

    /// <inheritdoc/>
    public bool IsValidPublicKey(ReadOnlySpan<byte> publicKey)
    {
        var key = stackalloc byte[KeyBytes];
        return ParseKey(publicKey, key);
    }

    /// <inheritdoc/>
    public bool TrySign(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> secret, Span<byte> signature, out int recoveryId)
    {
        recoveryId = 0;
        if (digest.Length != 32 || signature.Length != 64 || !IsValidSecret(secret))
        {
            return false;
        }

        var recoverable = stackalloc byte[RecoverableBytes];
        int id;
        fixed (byte* d = digest, s = secret, o = signature)
        {
            if (NativeSecp256k1.SignRecoverable(_context, recoverable, d, s, 0, 0) != 1)
            {
                return false;
            }

            _ = NativeSecp256k1.RecoverableSerialize(_context, o, &id, recoverable);
        }

        recoveryId = id;
        return true;
    }

    /// <inheritdoc/>
    public bool Verify(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        var key = stackalloc byte[KeyBytes];
        if (digest.Length != 32 || signature.Length != 64 || !ParseKey(publicKey, key))
        {
            return false;
        }

        var parsed = stackalloc byte[64];
        fixed (byte* d = digest, s = signature)
        {
            if (NativeSecp256k1.SignatureParse(_context, parsed, s) != 1)
            {
                return false;
            }

            // The library verifies low-S only; consensus takes both.
            _ = NativeSecp256k1.SignatureNormalize(_context, parsed, parsed);
            return NativeSecp256k1.Verify(_context, parsed, d, key) == 1;
        }
    }

    /// <inheritdoc/>
    public bool TryRecover(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> destination)
    {
        if (digest.Length != 32 || signature.Length != 64 || recoveryId is < 0 or > 3)
        {
            return false;
        }

        var recoverable = stackalloc byte[RecoverableBytes];
        var key = stackalloc byte[KeyBytes];
        fixed (byte* d = digest, s = signature)
        {
            return NativeSecp256k1.RecoverableParse(_context, recoverable, s, recoveryId) == 1
                && NativeSecp256k1.Recover(_context, key, recoverable, d) == 1
                && Serialize(key, destination);
        }
    }

    /// <inheritdoc/>
    public bool TryAddToSecret(Span<byte> secret, ReadOnlySpan<byte> tweak)
    {
        if (tweak.Length != 32 || !IsValidSecret(secret))
        {
            return false;
        }

        fixed (byte* s = secret, t = tweak)
        {
            return NativeSecp256k1.SecretTweakAdd(_context, s, t) == 1;
        }
    }

    /// <inheritdoc/>
    public bool TryAddToPublicKey(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> tweak, Span<byte> destination)
    {
        var key = stackalloc byte[KeyBytes];
        if (tweak.Length != 32 || !ParseKey(publicKey, key))
        {
            return false;
        }

        fixed (byte* t = tweak)
        {
            return NativeSecp256k1.PublicKeyTweakAdd(_context, key, t) == 1 && Serialize(key, destination);
        }
    }

    /// <summary>sum + factor·key, in place, uncompressed. For public values only. False when one is no point or the result is the point at infinity.</summary>
    internal bool TryAddMultiple(Span<byte> sum, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> factor)
    {
        var key = stackalloc byte[KeyBytes];
        var before = stackalloc byte[KeyBytes];
        var after = stackalloc byte[KeyBytes];
        if (factor.Length != 32 || !ParseKey(publicKey, key) || !ParseKey(sum, before))
        {
            return false;
        }

        var both = stackalloc byte*[2] { before, key };
        fixed (byte* f = factor)
        {
            return NativeSecp256k1.PublicKeyTweakMultiply(_context, key, f) == 1
                && NativeSecp256k1.PublicKeyCombine(_context, after, both, 2) == 1
                && Serialize(after, sum);
        }
    }

    private bool ParseKey(ReadOnlySpan<byte> publicKey, byte* key)
    {
        if (publicKey.Length is not (33 or 65))
        {
            return false;
        }

        fixed (byte* p = publicKey)
        {
            return NativeSecp256k1.PublicKeyParse(_context, key, p, (nuint)publicKey.Length) == 1;
        }
    }

    private bool Serialize(byte* key, Span<byte> destination)
    {
        var flags = destination.Length switch
        {
            33 => NativeSecp256k1.Compressed,
            65 => NativeSecp256k1.Uncompressed,
            _ => throw new ArgumentException("A public key is 33 or 65 bytes.", nameof(destination)),
        };
        var length = (nuint)destination.Length;
        fixed (byte* o = destination)
        {
            return NativeSecp256k1.PublicKeySerialize(_context, o, &length, key, flags) == 1;
        }
    }
}
