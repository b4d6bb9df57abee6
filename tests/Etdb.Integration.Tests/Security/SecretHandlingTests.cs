using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etdb.Domain.Membership;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Security;

/// <summary>Secrets typed where they do not belong, files with secrets that others may read, and answers of nodes that prove nothing.</summary>
public sealed class SecretHandlingTests
{
    private static readonly string Token = "etdb_0f8a1b2c3d4e_" + new string('a', 64);

    [Theory]
    [InlineData("/api/v1/tokens/0f8a1b2c3d4e", "/api/v1/tokens/0f8a1b2c3d4e")]
    [InlineData("/api/v1/tokens/{0}", "/api/v1/tokens/etdb_0f8a1b2c3d4e_***")]
    [InlineData("/api/v1/tokens/{0}x/{0}", "/api/v1/tokens/etdb_0f8a1b2c3d4e_***x/etdb_0f8a1b2c3d4e_***")]
    [InlineData("/api/v1/invites/etdb-invite.eyJ2IjoxfQ.-_abc", "/api/v1/invites/etdb-invite.***")]
    [InlineData("/api/v1/invites/ETDB-INVITE.x.y/z", "/api/v1/invites/ETDB-INVITE.***/z")]
    public void A_secret_typed_for_an_id_is_not_kept(string path, string kept) => Assert.Equal(kept, SecretTexts.Hide(path.Replace("{0}", Token, StringComparison.Ordinal)));

    [Theory]
    [InlineData(HttpStatusCode.OK, CallAnswer.Open)]
    [InlineData(HttpStatusCode.BadRequest, CallAnswer.Open)]
    [InlineData(HttpStatusCode.InternalServerError, CallAnswer.Open)]
    [InlineData(HttpStatusCode.Forbidden, CallAnswer.Refused)]
    [InlineData(HttpStatusCode.Unauthorized, CallAnswer.Refused)]
    [InlineData(HttpStatusCode.NotFound, CallAnswer.Absent)]
    [InlineData(HttpStatusCode.MethodNotAllowed, CallAnswer.Absent)]
    [InlineData(HttpStatusCode.Found, CallAnswer.Unknown)]
    [InlineData(HttpStatusCode.TooManyRequests, CallAnswer.Unknown)]
    [InlineData(HttpStatusCode.BadGateway, CallAnswer.Unknown)]
    [InlineData(HttpStatusCode.ServiceUnavailable, CallAnswer.Unknown)]
    [InlineData(HttpStatusCode.GatewayTimeout, CallAnswer.Unknown)]
    public void What_a_proxy_says_for_a_node_proves_nothing(HttpStatusCode status, CallAnswer means) => Assert.Equal(means, NodeInspector.Means(status));

    [Fact]
    public void A_nodes_own_words_are_short_and_command_no_terminal()
    {
        Assert.Equal("kubo/0.42.0", NodeInspector.Shown("kubo/0.42.0"));
        Assert.Equal("?[2Jkubo??", NodeInspector.Shown("\u001b[2Jkubo\r\n"));
        Assert.Equal(200, NodeInspector.Shown(new string('x', 60_000)).Length);
    }

    [Fact]
    public void Where_a_secret_cannot_be_written_is_known_before_it_is_made()
    {
        using var folder = new TemporaryFolder();
        SecretFiles.RequireWritable(folder.At("operator.token"));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        Assert.Throws<IOException>(() => SecretFiles.RequireWritable(folder.Path));
        Assert.ThrowsAny<IOException>(() => SecretFiles.RequireWritable(folder.At("nowhere/operator.token")));
    }

    [Fact]
    public void Files_with_secrets_that_others_may_read_are_found()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Files have no modes here.");
        using var folder = new TemporaryFolder();
        SecretFiles.Load(new SecretsOptions(), folder.Path);
        var options = new SiloOptions { DataFolder = folder.Path, LedgerPasswordFile = folder.At("rpc.password"), CertificateFile = folder.At("none.pem") };
        SecretFiles.Write(options.LedgerPasswordFile, "secret");
        Assert.Empty(LooseSecrets.Find(options));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.At("secret.key"), (UnixFileMode)0b110_100_000);
            Assert.Empty(LooseSecrets.Find(options));
            File.SetUnixFileMode(folder.At("secret.key"), (UnixFileMode)0b110_100_100);
            File.SetUnixFileMode(options.LedgerPasswordFile, (UnixFileMode)0b110_110_000);
        }

        Assert.Equal([folder.At("secret.key"), options.LedgerPasswordFile], LooseSecrets.Find(options));
    }

    [Theory]
    [InlineData("no certificate", null, false)]
    [InlineData("good", "other key", false)]
    [InlineData("good", null, false)]
    [InlineData("good", "key", true)]
    public void A_certificate_that_cannot_be_used_is_named_before_anything_starts(string certificate, string? key, bool good)
    {
        using var folder = new TemporaryFolder();
        using var one = ECDsa.Create();
        using var other = ECDsa.Create();
        using var made = new CertificateRequest("CN=etdb", one, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(folder.At("good.pem"), made.ExportCertificatePem());
        File.WriteAllText(folder.At("no certificate.pem"), "nothing");
        File.WriteAllText(folder.At("key.pem"), one.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(folder.At("other key.pem"), other.ExportPkcs8PrivateKeyPem());
        var options = new SiloOptions
        {
            DataFolder = folder.At("data"), Listen = "https://127.0.0.1:8420", LedgerRpc = "http://127.0.0.1:7313", CertificateFile = folder.At(certificate + ".pem"),
            CertificateKeyFile = key is null ? null : folder.At(key + ".pem"),
        };
        var failures = new SiloOptionsValidator().Validate(null, options).Failures?.ToList() ?? [];
        Assert.Equal(good, failures.Count == 0);
        Assert.All(failures, f => Assert.Contains($"Silo:CertificateFile is '{options.CertificateFile}', which cannot be used", f, StringComparison.Ordinal));
    }
}
