using Etdb.Ledger.Flo.Crypto.Batches;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing.Reading;

/// <summary>
/// Says "valid" on credit for signatures by keys that are known, and settles all of them in one computation. What was read with it counts only when
/// <see cref="Settle"/> says yes; otherwise it must be read again with a verifier that looks at each. For one thread.
/// </summary>
internal sealed class DeferringVerifier(FloMessageVerifier verifier, VerifiedSignatures memory) : IMessageVerifier
{
    private readonly SignatureBatch _batch = new();
    private readonly List<UInt128> _credit = [];

    public bool IsAddress(string address) => verifier.IsAddress(address);

    public SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message)
    {
        var key = memory.Key(address, signature, message);
        if (memory.Contains(key))
        {
            return SignatureVerdict.Valid;
        }

        if (verifier.TryDefer(address, signature, message, _batch))
        {
            _credit.Add(key);
            return SignatureVerdict.Valid;
        }

        var verdict = verifier.Verify(address, signature, message);
        if (verdict == SignatureVerdict.Valid)
        {
            memory.Add(key);
        }

        return verdict;
    }

    /// <summary>True when everything taken on credit is valid; it is remembered then.</summary>
    public bool Settle()
    {
        if (!_batch.Verify())
        {
            return false;
        }

        _credit.ForEach(memory.Add);
        return true;
    }
}
