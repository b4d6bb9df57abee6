using System.Collections.Concurrent;
using Etdb.Ledger.Flo.Crypto.Batches;

namespace Etdb.Ledger.Oip;

/// <summary>Message signatures of one FLO network, by libsecp256k1.</summary>
public sealed class FloMessageVerifier(FloNetwork network) : IMessageVerifier
{
    /// <summary>A lab signs thousands of comments with one key: decoding its address once is enough.</summary>
    private const int MaxCachedAddresses = 4096;

    private readonly ConcurrentDictionary<string, FloAddress?> _addresses = new(StringComparer.Ordinal);

    /// <summary>Keys that have signed validly, with the kind of header they signed with.</summary>
    private readonly ConcurrentDictionary<string, KnownKey> _keys = new(StringComparer.Ordinal);

    private sealed record KnownKey(int HeaderKind, byte[] PublicKey);

    /// <inheritdoc/>
    public bool IsAddress(string address) => Parse(address) is not null;

    /// <inheritdoc/>
    public SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message)
    {
        if (Parse(address) is not { } parsed)
        {
            return SignatureVerdict.Malformed;
        }

        Span<byte> key = stackalloc byte[MessageVerifier.LongestKey];
        switch (MessageVerifier.Verify(parsed, signature, message, key, out var keyLength))
        {
            case MessageVerdict.Valid:
                Learn(address, signature, key[..keyLength]);
                return SignatureVerdict.Valid;
            case MessageVerdict.Wrong:
                return SignatureVerdict.Wrong;
            default:
                return SignatureVerdict.Malformed;
        }
    }

    /// <summary>
    /// Puts a signature into a batch when the key of its address is known and it is of the form that key signs in. True: valid when the batch is, else to be verified alone.
    /// </summary>
    internal bool TryDefer(string address, string signature, ReadOnlySpan<byte> message, SignatureBatch batch)
    {
        Span<byte> decoded = stackalloc byte[MessageSignature.Size];
        if (!_keys.TryGetValue(address, out var known) || !MessageVerifier.TryDecode(signature, decoded)
            || MessageVerifier.HeaderKind(decoded[0]) != known.HeaderKind || MessageVerifier.RecoveryId(decoded[0]) > 1)
        {
            return false;
        }

        batch.Add(address, known.PublicKey, MessageSignature.Digest(message).ToArray(), decoded[1..], MessageVerifier.RecoveryId(decoded[0]));
        return true;
    }

    private void Learn(string address, string signature, ReadOnlySpan<byte> key)
    {
        Span<byte> decoded = stackalloc byte[MessageSignature.Size];
        if (!_keys.ContainsKey(address) && _keys.Count < MaxCachedAddresses && MessageVerifier.TryDecode(signature, decoded))
        {
            _keys.TryAdd(address, new KnownKey(MessageVerifier.HeaderKind(decoded[0]), key.ToArray()));
        }
    }

    private FloAddress? Parse(string address)
    {
        if (_addresses.TryGetValue(address, out var known))
        {
            return known;
        }

        _ = FloAddress.TryParse(address, network, out var parsed);
        if (_addresses.Count < MaxCachedAddresses)
        {
            _addresses.TryAdd(address, parsed);
        }

        return parsed;
    }
}

/// <summary>Signs with a key held in this process.</summary>
public sealed class FloMessageSigner(FloKey key, FloNetwork network) : IMessageSigner
{
    /// <inheritdoc/>
    public string Address { get; } = key.Address(network).Text;

    /// <inheritdoc/>
    public string Sign(ReadOnlySpan<byte> message) => MessageSigner.Sign(key, message);
}
