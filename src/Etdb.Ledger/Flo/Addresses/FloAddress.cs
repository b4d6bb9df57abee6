using System.Diagnostics.CodeAnalysis;

namespace Etdb.Ledger.Flo.Addresses;

/// <summary>What an address stands for.</summary>
public enum FloAddressKind
{
    /// <summary>P2PKH: HASH160 of a public key.</summary>
    PublicKeyHash = 0,

    /// <summary>P2SH: HASH160 of a script.</summary>
    ScriptHash = 1,

    /// <summary>P2WPKH: HASH160 of a compressed public key, bech32.</summary>
    WitnessPublicKeyHash = 2,

    /// <summary>P2WSH: SHA-256 of a script, bech32.</summary>
    WitnessScriptHash = 3,
}

/// <summary>
/// A decoded FLO address. Equal when kind and hash are equal: the legacy and the current text form of one P2SH address (main: 8 and 94) are the same
/// address. <see cref="ToString"/> is the form current wallets write.
/// </summary>
public sealed class FloAddress : IEquatable<FloAddress>
{
    private readonly byte[] _hash;

    private FloAddress(FloAddressKind kind, byte[] hash, FloNetwork network, string text)
    {
        Kind = kind;
        _hash = hash;
        Network = network;
        Text = text;
    }

    public FloAddressKind Kind { get; }

    /// <summary>20 bytes, or 32 for <see cref="FloAddressKind.WitnessScriptHash"/>.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>The network it was read for. Test, regtest and development share prefixes.</summary>
    public FloNetwork Network { get; }

    /// <summary>Canonical text.</summary>
    public string Text { get; }

    /// <summary>The address of a hash.</summary>
    public static FloAddress FromHash(FloAddressKind kind, ReadOnlySpan<byte> hash, FloNetwork network)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, kind == FloAddressKind.WitnessScriptHash ? 32 : Hashes.Hash160Size, nameof(hash));
        var text = kind switch
        {
            FloAddressKind.PublicKeyHash => Encode(network.PublicKeyHashVersion, hash),
            FloAddressKind.ScriptHash => Encode(network.ScriptHashVersions[0], hash),
            _ => Bech32.Encode(network.Bech32Prefix, hash),
        };
        return new FloAddress(kind, hash.ToArray(), network, text);
    }

    /// <summary>The P2PKH address of a public key in the form given.</summary>
    public static FloAddress FromPublicKey(ReadOnlySpan<byte> publicKey, FloNetwork network) =>
        FromHash(FloAddressKind.PublicKeyHash, Hashes.Hash160(publicKey), network);

    /// <summary>Decodes base58check or bech32 text for one network; false for anything else, however hostile.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, FloNetwork network, [NotNullWhen(true)] out FloAddress? address)
    {
        address = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        Span<byte> payload = stackalloc byte[Base58Check.MaxPayload];
        if (Base58Check.TryDecode(text, payload, out var length) && length == 1 + Hashes.Hash160Size)
        {
            var kind = payload[0] == network.PublicKeyHashVersion ? FloAddressKind.PublicKeyHash
                : network.ScriptHashVersions.Contains(payload[0]) ? FloAddressKind.ScriptHash
                : (FloAddressKind?)null;
            address = kind is { } known ? FromHash(known, payload[1..length], network) : null;
            return address is not null;
        }

        if (Bech32.Decode(network.Bech32Prefix, text) is { } program)
        {
            var kind = program.Length == 32 ? FloAddressKind.WitnessScriptHash : FloAddressKind.WitnessPublicKeyHash;
            address = FromHash(kind, program, network);
            return true;
        }

        return false;
    }

    /// <summary>Decodes an address, or throws <see cref="FormatException"/>.</summary>
    public static FloAddress Parse(string text, FloNetwork network) =>
        TryParse(text, network, out var address) ? address : throw new FormatException($"'{Shorten(text)}' is no address of the FLO network '{network.Name}'.");

    /// <summary>The first of all networks the text is an address of, or null.</summary>
    public static FloAddress? ParseAny(string text) =>
        FloNetwork.All.Select(n => TryParse(text, n, out var address) ? address : null).FirstOrDefault(a => a is not null);

    /// <summary>The address an output script pays to, or null for other scripts.</summary>
    public static FloAddress? FromScript(ReadOnlySpan<byte> script, FloNetwork network) => FloScript.Classify(script) switch
    {
        ScriptKind.PublicKeyHash => FromHash(FloAddressKind.PublicKeyHash, script.Slice(3, 20), network),
        ScriptKind.ScriptHash => FromHash(FloAddressKind.ScriptHash, script.Slice(2, 20), network),
        ScriptKind.WitnessPublicKeyHash => FromHash(FloAddressKind.WitnessPublicKeyHash, script.Slice(2, 20), network),
        ScriptKind.WitnessScriptHash => FromHash(FloAddressKind.WitnessScriptHash, script.Slice(2, 32), network),
        ScriptKind.PublicKey => FromPublicKey(script[1..^1], network),
        _ => null,
    };

    /// <summary>The output script that pays to this address.</summary>
    public byte[] ToScript() => FloScript.PayTo(this);

    /// <inheritdoc/>
    public bool Equals(FloAddress? other) => other is not null && Kind == other.Kind && _hash.AsSpan().SequenceEqual(other._hash);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FloAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, BitConverter.ToInt32(_hash));

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Encode(byte version, ReadOnlySpan<byte> hash)
    {
        Span<byte> payload = stackalloc byte[1 + Hashes.Hash160Size];
        payload[0] = version;
        hash.CopyTo(payload[1..]);
        return Base58Check.Encode(payload);
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
