using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Tests.Publishing;

public sealed class CommandSignerTests
{
    private static readonly FloKey Key = FloKey.FromSecret(Enumerable.Repeat((byte)5, 32).ToArray());
    private static readonly Hash256 Digest = Hash256.DoubleSha256("what is signed"u8);

    private static CommandSigner Signer(string script) => new("/bin/sh", ["-c", script], Key.PublicKey, TimeSpan.FromSeconds(10), TimeProvider.System);

    private static string Hex(FloKey key) => Convert.ToHexStringLower(key.Sign(Digest.ToArray()).Compact);

    [Fact]
    public async Task Signature_of_the_right_key_is_taken_with_its_recovery_id()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        var signer = Signer($$"""grep -q {{Convert.ToHexStringLower(Digest.ToArray())}} && echo '{"signature":"{{Hex(Key)}}"}'""");
        var (compact, id) = await signer.SignAsync(Digest, CancellationToken.None);
        var expected = Key.Sign(Digest.ToArray());
        Assert.Equal(expected.Compact, compact);
        Assert.Equal(expected.RecoveryId, id);
    }

    [Fact]
    public async Task Everything_else_is_refused_with_its_reason()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        using var other = FloKey.FromSecret(Enumerable.Repeat((byte)6, 32).ToArray());
        async Task<string> Reason(string script) => (await Assert.ThrowsAsync<SigningException>(() => Signer(script).SignAsync(Digest, CancellationToken.None))).Message;
        Assert.Contains("did not make", await Reason($$"""cat >/dev/null; echo '{"signature":"{{Hex(other)}}"}'"""), StringComparison.Ordinal);
        Assert.Contains("exit code 3", await Reason("cat >/dev/null; exit 3"), StringComparison.Ordinal);
        Assert.Contains("something else", await Reason("cat >/dev/null; echo no"), StringComparison.Ordinal);
        Assert.Contains("64 bytes", await Reason("""cat >/dev/null; echo '{"signature":"00"}'"""), StringComparison.Ordinal);
        Assert.Contains("more than", await Reason("cat >/dev/null; yes"), StringComparison.Ordinal);
        var missing = new CommandSigner("/nonexistent/signer", [], Key.PublicKey, TimeSpan.FromSeconds(1), TimeProvider.System);
        await Assert.ThrowsAsync<SigningException>(() => missing.SignAsync(Digest, CancellationToken.None));
    }

    [Fact]
    public async Task Wallet_builds_the_same_transaction_with_either_signer()
    {
        List<WalletOutput> outputs = [new(new OutPoint(Hash256.Zero, 1), Money.Coin, FloScript.PayToPublicKeyHash(Key.PublicKeyHash), 5)];
        var request = new SpendRequest { FloData = "text:x"u8.ToArray() };
        var built = await RecordWallet.BuildAsync(new LocalSigner(Key), outputs, request, SpendingPolicy.Default, CancellationToken.None);
        Assert.Equal(RecordWallet.Build(Key, outputs, request, SpendingPolicy.Default).Transaction!.Hex, built.Transaction!.Hex);
    }
}
