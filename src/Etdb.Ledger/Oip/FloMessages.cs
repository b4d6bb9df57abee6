using System.Collections.Concurrent;

namespace Etdb.Ledger.Oip;

/// <summary>Message signatures of one FLO network, by libsecp256k1.</summary>
public sealed class FloMessageVerifier(FloNetwork network) : IMessageVerifier
{
    /// <summary>A lab signs thousands of comments with one key: decoding its address once is enough.</summary>
    private const int MaxCachedAddresses = 4096;

    private readonly ConcurrentDictionary<string, FloAddress?> _addresses = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool IsAddress(string address) => Parse(address) is not null;

    /// <inheritdoc/>
    public SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message)
    {
        if (Parse(address) is not { } parsed)
        {
            return SignatureVerdict.Malformed;
        }

        return MessageVerifier.Verify(parsed, signature, message) switch
        {
            MessageVerdict.Valid => SignatureVerdict.Valid,
            MessageVerdict.Wrong => SignatureVerdict.Wrong,
            _ => SignatureVerdict.Malformed,
        };
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
