namespace Etdb.Ledger.Tests.Flo;

public sealed class ScriptVerifierTests
{
    private static readonly FloKey[] Keys = [.. Enumerable.Range(1, 3).Select(i => FloKey.FromSecret(Enumerable.Repeat((byte)i, 32).ToArray()))];
    private static readonly byte[] Comment = "text:signed with the comment"u8.ToArray();

    public enum Form
    {
        PublicKeyHash,
        PublicKey,
        MultiSignature,
        ScriptHashMultiSignature,
        WitnessPublicKeyHash,
        ScriptHashWitnessPublicKeyHash,
        WitnessScriptHash,
    }

    [Fact]
    public void Known_transactions_are_judged_as_stated_even_after_their_comment_was_changed()
    {
        var vectors = Vectors.Read("transactions.json").GetProperty("transactions").EnumerateArray().ToList();
        var real = vectors.Single(v => v.Text("id").StartsWith("real testnet", StringComparison.Ordinal));
        foreach (var vector in vectors)
        {
            var transaction = FloTransaction.Parse(vector.Hex("hex"));
            var inputs = (vector.TryGetProperty("inputs", out var own) ? own : real.GetProperty("inputs")).EnumerateArray().ToList();
            Assert.Equal(inputs.Count, transaction.Inputs.Length);
            for (var i = 0; i < inputs.Count; i++)
            {
                var verdict = ScriptVerifier.Verify(transaction, i, new TransactionOutput(0, inputs[i].Hex("prevScriptPubKey")), ScriptRules.Consensus);
                Assert.Equal(vector.GetProperty("expect").GetProperty("inputsValid").GetBoolean(), verdict.IsValid);
                Assert.Equal(inputs[i].GetProperty("sigValidWithFloData").GetBoolean(), verdict.CoversFloData);
            }
        }
    }

    [Theory]
    [CombinatorialForms]
    public void Every_form_is_valid_when_signed_and_refused_when_anything_changes(Form form)
    {
        var (script, unlock) = Spend(form);
        var spent = new TransactionOutput(5000, script);
        var signed = unlock(Unsigned(Comment), spent, SignatureHash.All);
        Assert.Equal(new ScriptVerdict(ScriptOutcome.Valid, true), ScriptVerifier.Verify(signed, 0, spent, ScriptRules.Policy));

        var otherComment = FloTransaction.Create(2, signed.Inputs, signed.Outputs, 0, "text:another"u8.ToArray());
        Assert.Equal(ScriptOutcome.BadSignature, ScriptVerifier.Verify(otherComment, 0, spent, ScriptRules.Consensus).Outcome);
        var otherValue = FloTransaction.Create(2, signed.Inputs, [new TransactionOutput(1, script)], 0, Comment);
        Assert.Equal(ScriptOutcome.BadSignature, ScriptVerifier.Verify(otherValue, 0, spent, ScriptRules.Consensus).Outcome);
        var bare = FloTransaction.Create(2, [new TransactionInput(signed.Inputs[0].Previous, default, 0)], signed.Outputs, 0, Comment);
        Assert.False(ScriptVerifier.Verify(bare, 0, spent, ScriptRules.Consensus).IsValid);
    }

    [Theory]
    [CombinatorialForms]
    public void Legacy_signatures_that_leave_the_comment_out_are_valid_but_prove_nothing_about_it(Form form)
    {
        if (form is Form.WitnessPublicKeyHash or Form.ScriptHashWitnessPublicKeyHash or Form.WitnessScriptHash)
        {
            return;
        }

        var (script, unlock) = Spend(form);
        var spent = new TransactionOutput(5000, script);
        var signed = unlock(Unsigned(Comment), spent, SignatureHash.All | SignatureHash.OmitFloData);
        Assert.Equal(new ScriptVerdict(ScriptOutcome.Valid, false), ScriptVerifier.Verify(signed, 0, spent, ScriptRules.Consensus));
    }

    [Fact]
    public void Witness_amount_is_covered()
    {
        var (script, unlock) = Spend(Form.WitnessPublicKeyHash);
        var signed = unlock(Unsigned(Comment), new TransactionOutput(5000, script), SignatureHash.All);
        Assert.Equal(ScriptOutcome.BadSignature, ScriptVerifier.Verify(signed, 0, new TransactionOutput(5001, script), ScriptRules.Consensus).Outcome);
    }

    [Fact]
    public void Unknown_scripts_are_said_to_be_unsupported()
    {
        var transaction = Unsigned(Comment);
        Assert.Equal(ScriptOutcome.Unsupported, ScriptVerifier.Verify(transaction, 0, new TransactionOutput(1, new byte[] { 0x51 }), ScriptRules.Consensus).Outcome);
        Assert.Equal(ScriptOutcome.Unsupported, ScriptVerifier.Verify(transaction, 0, new TransactionOutput(1, new byte[] { 0x6a }), ScriptRules.Consensus).Outcome);
    }

    private static FloTransaction Unsigned(byte[] comment) => FloTransaction.Create(
        2, [new TransactionInput(new OutPoint(Hash256.DoubleSha256("a"u8), 1), default, uint.MaxValue)], [new TransactionOutput(4000, new byte[] { 0x6a })], 0, comment);

    private static (byte[] Script, Func<FloTransaction, TransactionOutput, int, FloTransaction> Unlock) Spend(Form form)
    {
        var hash = Keys[0].PublicKeyHash;
        var multi = MultiSignatureScript.Create(2, [.. Keys.Select(k => k.PublicKey)]);
        byte[] program = [0, 20, .. hash];
        byte[] Legacy(FloTransaction t, FloKey key, byte[] code, int type) => Der(key, SignatureHash.Legacy(t, 0, code, type), type & ~SignatureHash.OmitFloData);
        byte[] Witness(FloTransaction t, TransactionOutput s, FloKey key, byte[] code, int type) => Der(key, SignatureHash.WitnessV0(t, 0, code, s.Value, type), type);
        var p2pkh = FloScript.PayToPublicKeyHash(hash);
        var p2pk = FloScript.PayToPublicKey(Keys[0].PublicKey);
        return form switch
        {
            Form.PublicKeyHash => (p2pkh, (t, _, type) => With(t, Join(Legacy(t, Keys[0], p2pkh, type), Keys[0].PublicKey))),
            Form.PublicKey => (p2pk, (t, _, type) => With(t, Join(Legacy(t, Keys[0], p2pk, type)))),
            Form.MultiSignature => (multi, (t, _, type) => With(t, Join([], Legacy(t, Keys[0], multi, type), Legacy(t, Keys[2], multi, type)))),
            Form.ScriptHashMultiSignature => (FloScript.PayToScriptHash(Hashes.Hash160(multi)),
                (t, _, type) => With(t, Join([], Legacy(t, Keys[1], multi, type), Legacy(t, Keys[2], multi, type), multi))),
            Form.WitnessPublicKeyHash => (program, (t, s, type) => With(t, [], Witness(t, s, Keys[0], p2pkh, type), Keys[0].PublicKey)),
            Form.ScriptHashWitnessPublicKeyHash => (FloScript.PayToScriptHash(Hashes.Hash160(program)),
                (t, s, type) => With(t, FloScript.Push(program), Witness(t, s, Keys[0], p2pkh, type), Keys[0].PublicKey)),
            _ => ([0, 32, .. System.Security.Cryptography.SHA256.HashData(multi)],
                (t, s, type) => With(t, [], [], Witness(t, s, Keys[0], multi, type), Witness(t, s, Keys[1], multi, type), multi)),
        };
    }

    private static byte[] Der(FloKey key, Hash256 digest, int type) => [.. EcdsaSignature.ToDer(key.Sign(digest.ToArray()).Compact), (byte)type];

    private static byte[] Join(params byte[][] pushes) => [.. pushes.SelectMany(p => FloScript.Push(p))];

    private static FloTransaction With(FloTransaction t, byte[] scriptSig, params byte[][] witness) => FloTransaction.Create(
        t.Version, [new TransactionInput(t.Inputs[0].Previous, scriptSig, t.Inputs[0].Sequence, [.. witness.Select(w => (ReadOnlyMemory<byte>)w)])], t.Outputs, t.LockTime, t.FloData);

    private sealed class CombinatorialFormsAttribute : Xunit.v3.DataAttribute
    {
        public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
            new([.. Enum.GetValues<Form>().Select(f => new TheoryDataRow(f))]);

        public override bool SupportsDiscoveryEnumeration() => true;
    }
}
