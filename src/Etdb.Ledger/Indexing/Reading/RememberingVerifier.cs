using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing.Reading;

/// <summary>Verifies what is not remembered as valid, and remembers it.</summary>
internal sealed class RememberingVerifier(FloMessageVerifier verifier, VerifiedSignatures memory) : IMessageVerifier
{
    public bool IsAddress(string address) => verifier.IsAddress(address);

    public SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message)
    {
        var key = memory.Key(address, signature, message);
        if (memory.Contains(key))
        {
            return SignatureVerdict.Valid;
        }

        var verdict = verifier.Verify(address, signature, message);
        if (verdict == SignatureVerdict.Valid)
        {
            memory.Add(key);
        }

        return verdict;
    }
}
