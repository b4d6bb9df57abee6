namespace Etdb.Ledger.Flo.Crypto;

/// <summary>
/// The digests that transaction signatures sign: Bitcoin's, with <c>varbytes floData</c> between locktime and hash type when the version is 2 or more.
/// No hash type leaves floData out, except the internal bit <see cref="OmitFloData"/> in the legacy digest, by which wallets up to
/// January 2019 signed in effect.
/// </summary>
public static class SignatureHash
{
    public const int All = 1;
    public const int None = 2;
    public const int SingleOutput = 3;
    public const int AnyoneCanPay = 0x80;

    /// <summary>SIGHASH_OMIT_FLO_DATA: not covered, and cleared from the hashed type (legacy digest only).</summary>
    public const int OmitFloData = 0x40;

    private const int TypeMask = 0x1f;

    /// <summary>Legacy digest. An input out of range, or SINGLE without its output, hashes to the number one, as in Bitcoin.</summary>
    /// <param name="transaction">The spending transaction.</param>
    /// <param name="input">Which input is signed.</param>
    /// <param name="scriptCode">The script that checks the signature; its CODESEPARATORs are skipped.</param>
    /// <param name="hashType">All 32 bits are hashed.</param>
    public static Hash256 Legacy(FloTransaction transaction, int input, ReadOnlySpan<byte> scriptCode, int hashType)
    {
        var kind = hashType & TypeMask;
        if (input < 0 || input >= transaction.Inputs.Length || (kind == SingleOutput && input >= transaction.Outputs.Length))
        {
            return One();
        }

        var omit = (hashType & OmitFloData) != 0;
        var writer = new WireWriter(transaction.BaseSize + scriptCode.Length + 16);
        writer.Int32(transaction.Version);
        WriteLegacyInputs(writer, transaction, input, scriptCode, hashType);
        WriteLegacyOutputs(writer, transaction, input, kind);
        writer.UInt32(transaction.LockTime);
        if (transaction.CarriesFloData && !omit)
        {
            writer.VarBytes(transaction.FloData.Span);
        }

        writer.Int32(omit ? hashType & ~OmitFloData : hashType);
        return Hash256.DoubleSha256(writer.Written);
    }

    /// <summary>Witness version 0 digest (BIP 143). <paramref name="amount"/> is the value of the spent output in satoshi.</summary>
    public static Hash256 WitnessV0(FloTransaction transaction, int input, ReadOnlySpan<byte> scriptCode, long amount, int hashType)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(input);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(input, transaction.Inputs.Length);
        var kind = hashType & TypeMask;
        var anyone = (hashType & AnyoneCanPay) != 0;
        var signed = transaction.Inputs[input];
        var writer = new WireWriter(192 + scriptCode.Length + transaction.FloData.Length);
        writer.Int32(transaction.Version);
        writer.Hash(anyone ? Hash256.Zero : HashPrevious(transaction));
        writer.Hash(anyone || kind is SingleOutput or None ? Hash256.Zero : HashSequences(transaction));
        writer.Hash(signed.Previous.Txid);
        writer.UInt32(signed.Previous.Index);
        writer.VarBytes(scriptCode);
        writer.Int64(amount);
        writer.UInt32(signed.Sequence);
        writer.Hash(HashOutputs(transaction, input, kind));
        writer.UInt32(transaction.LockTime);
        if (transaction.CarriesFloData)
        {
            writer.VarBytes(transaction.FloData.Span);
        }

        writer.Int32(hashType);
        return Hash256.DoubleSha256(writer.Written);
    }

    private static void WriteLegacyInputs(WireWriter writer, FloTransaction transaction, int signed, ReadOnlySpan<byte> scriptCode, int hashType)
    {
        var anyone = (hashType & AnyoneCanPay) != 0;
        var zeroSequences = (hashType & TypeMask) is None or SingleOutput;
        var code = WithoutCodeSeparators(scriptCode);
        writer.CompactSize(anyone ? 1 : transaction.Inputs.Length);
        for (var i = anyone ? signed : 0; i < (anyone ? signed + 1 : transaction.Inputs.Length); i++)
        {
            var input = transaction.Inputs[i];
            writer.Hash(input.Previous.Txid);
            writer.UInt32(input.Previous.Index);
            writer.VarBytes(i == signed ? code : default);
            writer.UInt32(i != signed && zeroSequences ? 0 : input.Sequence);
        }
    }

    private static void WriteLegacyOutputs(WireWriter writer, FloTransaction transaction, int signed, int kind)
    {
        var count = kind switch
        {
            None => 0,
            SingleOutput => signed + 1,
            _ => transaction.Outputs.Length,
        };
        writer.CompactSize(count);
        for (var i = 0; i < count; i++)
        {
            var blank = kind == SingleOutput && i != signed;
            writer.Int64(blank ? -1 : transaction.Outputs[i].Value);
            writer.VarBytes(blank ? default : transaction.Outputs[i].Script.Span);
        }
    }

    private static Hash256 HashPrevious(FloTransaction transaction)
    {
        var writer = new WireWriter(transaction.Inputs.Length * 36);
        foreach (var input in transaction.Inputs)
        {
            writer.Hash(input.Previous.Txid);
            writer.UInt32(input.Previous.Index);
        }

        return Hash256.DoubleSha256(writer.Written);
    }

    private static Hash256 HashSequences(FloTransaction transaction)
    {
        var writer = new WireWriter(transaction.Inputs.Length * 4);
        foreach (var input in transaction.Inputs)
        {
            writer.UInt32(input.Sequence);
        }

        return Hash256.DoubleSha256(writer.Written);
    }

    private static Hash256 HashOutputs(FloTransaction transaction, int input, int kind)
    {
        if (kind == None || (kind == SingleOutput && input >= transaction.Outputs.Length))
        {
            return Hash256.Zero;
        }

        var writer = new WireWriter();
        foreach (var output in kind == SingleOutput ? [transaction.Outputs[input]] : transaction.Outputs)
        {
            writer.Int64(output.Value);
            writer.VarBytes(output.Script.Span);
        }

        return Hash256.DoubleSha256(writer.Written);
    }

    /// <summary>The script without its CODESEPARATOR operations; what follows a broken push is kept as it is.</summary>
    private static ReadOnlySpan<byte> WithoutCodeSeparators(ReadOnlySpan<byte> script)
    {
        if (!script.Contains(FloScript.OpCodeSeparator))
        {
            return script;
        }

        var kept = new WireWriter(script.Length);
        var reader = new ScriptReader(script);
        while (!reader.AtEnd)
        {
            var start = reader.Position;
            var whole = reader.TryRead(out var operation, out _);
            if (!whole || operation != FloScript.OpCodeSeparator)
            {
                kept.Bytes(script[start..reader.Position]);
            }
        }

        return kept.Written;
    }

    private static Hash256 One()
    {
        Span<byte> one = stackalloc byte[Hash256.Size];
        one.Clear();
        one[0] = 1;
        return new Hash256(one);
    }
}
