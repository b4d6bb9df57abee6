namespace Etdb.Ledger.Flo.Scripts;

/// <summary>
/// Judges inputs that spend the standard forms: P2PKH, P2PK, bare multisig, and these inside P2SH, P2WPKH, P2WSH and both of them inside P2SH. It matches
/// shapes instead of running scripts: everything OIP ever used has one of these shapes, and a shape cannot loop. Other scripts are
/// <see cref="ScriptOutcome.Unsupported"/>, never guessed at.
/// </summary>
public static class ScriptVerifier
{
    /// <summary>Judges one input given the output it spends.</summary>
    public static ScriptVerdict Verify(FloTransaction transaction, int input, TransactionOutput spent, ScriptRules rules)
    {
        var entry = transaction.Inputs[input];
        var script = spent.Script.Span;
        var kind = FloScript.Classify(script);
        if (kind is ScriptKind.WitnessPublicKeyHash or ScriptKind.WitnessScriptHash)
        {
            return entry.ScriptSig.IsEmpty ? VerifyWitness(transaction, input, spent, script, rules) : Fail(ScriptOutcome.Mismatch);
        }

        if (kind is ScriptKind.NonStandard or ScriptKind.NullData)
        {
            return Fail(ScriptOutcome.Unsupported);
        }

        if (!TryReadPushes(entry.ScriptSig, out var stack))
        {
            return Fail(ScriptOutcome.Mismatch);
        }

        if (kind == ScriptKind.ScriptHash)
        {
            return VerifyScriptHash(transaction, input, spent, stack, rules);
        }

        return entry.Witness.IsEmpty
            ? VerifyTemplate(new SignatureCheck(transaction, input, spent, witness: false, rules), kind, script, stack)
            : Fail(ScriptOutcome.Mismatch);
    }

    private static ScriptVerdict VerifyScriptHash(
        FloTransaction transaction, int input, TransactionOutput spent, List<ReadOnlyMemory<byte>> stack, ScriptRules rules)
    {
        if (stack.Count == 0 || !Hashes.Hash160(stack[^1].Span).AsSpan().SequenceEqual(spent.Script.Span.Slice(2, Hashes.Hash160Size)))
        {
            return Fail(ScriptOutcome.Mismatch);
        }

        var redeem = stack[^1].Span;
        var kind = FloScript.Classify(redeem);
        if (kind is ScriptKind.WitnessPublicKeyHash or ScriptKind.WitnessScriptHash)
        {
            // BIP 141: the scriptSig is exactly the push of the program.
            var exact = transaction.Inputs[input].ScriptSig.Span.SequenceEqual(FloScript.Push(redeem));
            return exact ? VerifyWitness(transaction, input, spent, redeem, rules) : Fail(ScriptOutcome.Mismatch);
        }

        if (!transaction.Inputs[input].Witness.IsEmpty)
        {
            return Fail(ScriptOutcome.Mismatch);
        }

        var check = new SignatureCheck(transaction, input, spent, witness: false, rules);
        return VerifyTemplate(check, kind, redeem, stack[..^1]);
    }

    private static ScriptVerdict VerifyWitness(FloTransaction transaction, int input, TransactionOutput spent, ReadOnlySpan<byte> program, ScriptRules rules)
    {
        var witness = transaction.Inputs[input].Witness;
        var check = new SignatureCheck(transaction, input, spent, witness: true, rules);
        if (program.Length == 2 + Hashes.Hash160Size)
        {
            return VerifyTemplate(check, ScriptKind.PublicKeyHash, FloScript.PayToPublicKeyHash(program[2..]), [.. witness]);
        }

        if (witness.IsEmpty || !System.Security.Cryptography.SHA256.HashData(witness[^1].Span).AsSpan().SequenceEqual(program[2..]))
        {
            return Fail(ScriptOutcome.Mismatch);
        }

        var script = witness[^1].Span;
        return VerifyTemplate(check, FloScript.Classify(script), script, [.. witness[..^1]]);
    }

    private static ScriptVerdict VerifyTemplate(SignatureCheck check, ScriptKind kind, ReadOnlySpan<byte> script, List<ReadOnlyMemory<byte>> stack)
    {
        switch (kind)
        {
            case ScriptKind.PublicKeyHash:
                return stack.Count == 2 && Hashes.Hash160(stack[1].Span).AsSpan().SequenceEqual(script.Slice(3, Hashes.Hash160Size))
                    ? Judge(check.Verify(stack[0].Span, stack[1].Span, script, out var covers), covers)
                    : Fail(ScriptOutcome.Mismatch);
            case ScriptKind.PublicKey:
                return stack.Count == 1
                    ? Judge(check.Verify(stack[0].Span, script[1..^1], script, out covers), covers)
                    : Fail(ScriptOutcome.Mismatch);
            case ScriptKind.MultiSignature:
                return VerifyMultiSignature(check, script, stack);
            default:
                return Fail(ScriptOutcome.Unsupported);
        }
    }

    /// <summary>Signatures come in the order of their keys; the operation pops one value too many, which is empty by rule (BIP 147).</summary>
    private static ScriptVerdict VerifyMultiSignature(SignatureCheck check, ReadOnlySpan<byte> script, List<ReadOnlyMemory<byte>> stack)
    {
        if (!MultiSignatureScript.TryParse(script, out var required, out var keys) || stack.Count != required + 1 || !stack[0].IsEmpty)
        {
            return Fail(ScriptOutcome.Mismatch);
        }

        var covers = true;
        var key = 0;
        for (var signature = 1; signature <= required; signature++)
        {
            var held = false;
            while (!held && keys.Count - key >= required - signature + 1)
            {
                held = check.Verify(stack[signature].Span, keys[key++], script, out var coversThis);
                covers &= !held || coversThis;
            }

            if (!held)
            {
                return Fail(ScriptOutcome.BadSignature);
            }
        }

        return new ScriptVerdict(ScriptOutcome.Valid, covers);
    }

    private static bool TryReadPushes(ReadOnlyMemory<byte> script, out List<ReadOnlyMemory<byte>> stack)
    {
        stack = [];
        var reader = new ScriptReader(script.Span);
        while (!reader.AtEnd)
        {
            if (!reader.TryRead(out var operation, out var pushed) || operation > FloScript.OpPushData4 || pushed.Length > ScriptReader.MaxPushBytes)
            {
                return false;
            }

            stack.Add(script.Slice(reader.Position - pushed.Length, pushed.Length));
        }

        return true;
    }

    private static ScriptVerdict Judge(bool held, bool covers) => held ? new ScriptVerdict(ScriptOutcome.Valid, covers) : Fail(ScriptOutcome.BadSignature);

    private static ScriptVerdict Fail(ScriptOutcome outcome) => new(outcome, false);
}
