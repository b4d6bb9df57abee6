using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Tests.Publishing;

public sealed class CommandSignerTests
{
    private static readonly FloKey Key = FloKey.FromSecret(Enumerable.Repeat((byte)5, 32).ToArray());
    private static readonly Hash256 Digest = Hash256.DoubleSha256("what is signed"u8);

    private static CommandSigner Signer(string script) => new("/bin/sh", ["-c", script], Key.PublicKey, TimeSpan.FromSeconds(10), TimeProvider.System);

    private static string Hex(FloKey key) => Convert.ToHexStringLower(key.Sign(Digest.ToArray()).Compact);

    [Fact]
    public void Signature_of_the_right_key_is_taken_with_its_recovery_id()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        var signer = Signer($$"""grep -q {{Convert.ToHexStringLower(Digest.ToArray())}} && echo '{"signature":"{{Hex(Key)}}"}'""");
        var (compact, id) = signer.Sign(Digest);
        var expected = Key.Sign(Digest.ToArray());
        Assert.Equal(expected.Compact, compact);
        Assert.Equal(expected.RecoveryId, id);
    }

    [Fact]
    public void Everything_else_is_refused_with_its_reason()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        using var other = FloKey.FromSecret(Enumerable.Repeat((byte)6, 32).ToArray());
        string Reason(string script) => Assert.Throws<SigningException>(() => Signer(script).Sign(Digest)).Message;
        Assert.Contains("did not make", Reason($$"""cat >/dev/null; echo '{"signature":"{{Hex(other)}}"}'"""), StringComparison.Ordinal);
        Assert.Contains("exit code 3", Reason("cat >/dev/null; exit 3"), StringComparison.Ordinal);
        Assert.Contains("something else", Reason("cat >/dev/null; echo no"), StringComparison.Ordinal);
        Assert.Contains("64 bytes", Reason("""cat >/dev/null; echo '{"signature":"00"}'"""), StringComparison.Ordinal);
        Assert.Contains("more than", Reason("cat >/dev/null; yes"), StringComparison.Ordinal);
        var missing = new CommandSigner("/nonexistent/signer", [], Key.PublicKey, TimeSpan.FromSeconds(1), TimeProvider.System);
        Assert.Throws<SigningException>(() => missing.Sign(Digest));
        var slow = new CommandSigner("/bin/sh", ["-c", "sleep 600"], Key.PublicKey, TimeSpan.FromMilliseconds(200), TimeProvider.System);
        Assert.Contains("no answer within", Assert.Throws<SigningException>(() => slow.Sign(Digest)).Message, StringComparison.Ordinal);
    }

    /// <summary>What a signer leaves running holds its output open, and is no child any more that could be killed with it.</summary>
    [Theory]
    [InlineData("sleep 60 & exit 0")]
    [InlineData("(sleep 60 &) ; echo '{\"signature\":\"00\"}'")]
    [InlineData("trap '' TERM PIPE; exec 1>&-; sleep 60")]
    public void A_signer_that_leaves_its_output_open_or_does_not_end_is_given_up(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        var signer = new CommandSigner("/bin/sh", ["-c", script], Key.PublicKey, TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.Contains("no answer within", Assert.Throws<SigningException>(() => signer.Sign(Digest)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signer_that_does_not_read_the_question_is_judged_by_what_it_does()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        Assert.Contains("exit code 4", Assert.Throws<SigningException>(() => Signer("exec 0<&-; exit 4").Sign(Digest)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wallet_builds_the_same_transaction_with_either_signer()
    {
        List<WalletOutput> outputs = [new(new OutPoint(Hash256.Zero, 1), Money.Coin, FloScript.PayToPublicKeyHash(Key.PublicKeyHash), 5)];
        var request = new SpendRequest { FloData = "text:x"u8.ToArray() };
        var built = RecordWallet.Build(new LocalSigner(Key), outputs, request, SpendingPolicy.Default);
        Assert.Equal(RecordWallet.Build(Key, outputs, request, SpendingPolicy.Default).Transaction!.Hex, built.Transaction!.Hex);
    }

    [Fact]
    public void Messages_signed_by_digest_are_those_the_key_signs()
    {
        var signer = new DigestMessageSigner(new LocalSigner(Key), FloNetwork.Main);
        Assert.Equal(Key.Address(FloNetwork.Main).Text, signer.Address);
        Assert.Equal(MessageSigner.Sign(Key, "what is signed"), signer.Sign("what is signed"u8));
        using var old = FloKey.FromSecret(Enumerable.Repeat((byte)5, 32).ToArray(), compressed: false);
        var uncompressed = new DigestMessageSigner(new LocalSigner(old), FloNetwork.Main);
        Assert.Equal(MessageSigner.Sign(old, "what is signed"), uncompressed.Sign("what is signed"u8));
    }
}
