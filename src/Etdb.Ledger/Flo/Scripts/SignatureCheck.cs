namespace Etdb.Ledger.Flo.Scripts;

/// <summary>
/// CHECKSIG as FLO does it: the digest for the hash type as given and, if the signature does not hold for it, once more with the bit 0x40
/// (<see cref="SignatureHash.OmitFloData"/>) flipped. The second try is what keeps transactions valid whose wallets left floData out.
/// </summary>
internal readonly struct SignatureCheck(FloTransaction transaction, int input, TransactionOutput spent, bool witness, ScriptRules rules)
{
    /// <summary>True when the signature (DER and hash type byte) holds; <paramref name="coversFloData"/> says for which digest.</summary>
    public bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> scriptCode, out bool coversFloData)
    {
        coversFloData = false;
        Span<byte> compact = stackalloc byte[64];
        if (signature.IsEmpty || !IsAcceptable(signature) || !EcdsaSignature.TryFromDer(signature[..^1], compact))
        {
            return false;
        }

        int type = signature[^1];
        if (Holds(type, compact, publicKey, scriptCode))
        {
            coversFloData = witness || (type & SignatureHash.OmitFloData) == 0;
            return true;
        }

        var flipped = type ^ SignatureHash.OmitFloData;
        coversFloData = witness || (flipped & SignatureHash.OmitFloData) == 0;
        return Holds(flipped, compact, publicKey, scriptCode);
    }

    private bool Holds(int type, ReadOnlySpan<byte> compact, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> scriptCode)
    {
        var hash = witness
            ? SignatureHash.WitnessV0(transaction, input, scriptCode, spent.Value, type)
            : SignatureHash.Legacy(transaction, input, scriptCode, type);
        Span<byte> digest = stackalloc byte[Hash256.Size];
        hash.CopyTo(digest);
        return Secp256k1.Instance.Verify(digest, compact, publicKey);
    }

    private bool IsAcceptable(ReadOnlySpan<byte> signature)
    {
        if ((rules.StrictDer || rules.StandardEncoding) && !EcdsaSignature.IsStrictDer(signature))
        {
            return false;
        }

        return !rules.StandardEncoding || (IsDefinedType(signature[^1]) && EcdsaSignature.IsLowS(signature[..^1]));
    }

    private static bool IsDefinedType(byte type) => (type & ~SignatureHash.AnyoneCanPay) is >= SignatureHash.All and <= SignatureHash.SingleOutput;
}
