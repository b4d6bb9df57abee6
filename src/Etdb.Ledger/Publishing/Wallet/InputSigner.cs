namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>Signs inputs that spend P2PKH, P2PK, P2WPKH and P2SH-P2WPKH outputs of one key. The comment is always covered (SIGHASH_ALL, never 0x40).</summary>
internal static class InputSigner
{
    /// <summary>Longest low-S DER signature with its hash type byte.</summary>
    private const int MaxSignature = 72;

    /// <summary>True when the script pays to the public key in a form this can sign for.</summary>
    public static bool CanSign(ReadOnlySpan<byte> script, ReadOnlySpan<byte> publicKey) => FloScript.Classify(script) switch
    {
        ScriptKind.PublicKeyHash => script.Slice(3, 20).SequenceEqual(Hashes.Hash160(publicKey)),
        ScriptKind.PublicKey => script[1..^1].SequenceEqual(publicKey),
        ScriptKind.WitnessPublicKeyHash => publicKey.Length == 33 && script.Slice(2, 20).SequenceEqual(Hashes.Hash160(publicKey)),
        ScriptKind.ScriptHash => publicKey.Length == 33 && script.Slice(2, 20).SequenceEqual(Hashes.Hash160(Program(publicKey))),
        _ => false,
    };

    /// <summary>The digest the signature of an input has to sign.</summary>
    public static Hash256 Digest(FloTransaction transaction, int input, WalletOutput spent, ReadOnlySpan<byte> publicKey)
    {
        var kind = FloScript.Classify(spent.Script.Span);
        return kind is ScriptKind.WitnessPublicKeyHash or ScriptKind.ScriptHash
            ? SignatureHash.WitnessV0(transaction, input, FloScript.PayToPublicKeyHash(Hashes.Hash160(publicKey)), spent.Value, SignatureHash.All)
            : SignatureHash.Legacy(transaction, input, spent.Script.Span, SignatureHash.All);
    }

    /// <summary>The input with its signature (64 bytes) in place; null puts in zeros of the greatest length, to measure.</summary>
    public static TransactionInput Unlock(TransactionInput input, WalletOutput spent, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> compact)
    {
        byte[] signature = compact.IsEmpty ? new byte[MaxSignature] : [.. EcdsaSignature.ToDer(compact), SignatureHash.All];
        var key = publicKey.ToArray();
        return FloScript.Classify(spent.Script.Span) switch
        {
            ScriptKind.PublicKey => input with { ScriptSig = FloScript.Push(signature) },
            ScriptKind.WitnessPublicKeyHash => input with { Witness = [signature, key] },
            ScriptKind.ScriptHash => input with { ScriptSig = FloScript.Push(Program(publicKey)), Witness = [signature, key] },
            _ => input with { ScriptSig = (byte[])[.. FloScript.Push(signature), .. FloScript.Push(key)] },
        };
    }

    private static byte[] Program(ReadOnlySpan<byte> publicKey) => [0, Hashes.Hash160Size, .. Hashes.Hash160(publicKey)];
}
