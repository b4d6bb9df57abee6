using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etdb.Domain.Membership;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Security;

/// <summary>What a silo shows to whom, and whom it calls.</summary>
public sealed class ExposureTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1:8420", "local", false, null)]
    [InlineData("http://localhost:8420", "tokens", false, null)]
    [InlineData("http://0.0.0.0:8420", "local", false, "Access:Authentication")]
    [InlineData("http://0.0.0.0:8420", "local", true, "Access:Authentication")]
    [InlineData("http://192.168.1.5:8420", "tokens", false, "BehindTlsProxy")]
    [InlineData("http://192.168.1.5:8420", "tokens", true, null)]
    [InlineData("https://0.0.0.0:8420", "tokens", false, "CertificateFile")]
    [InlineData("http://127.0.0.1:8420", "none", false, "Access:Authentication")]
    [InlineData("http://[::1]:8420", "local", false, null)]
    [InlineData("http://[::]:8420", "local", false, "Access:Authentication")]
    [InlineData("http://loopback:8420", "local", false, "Access:Authentication")]
    [InlineData("http://a@127.0.0.1:8420", "local", false, "Access:Authentication")]
    [InlineData("http://127.0.0.1:8420/;http://0.0.0.0:8421", "local", false, "Silo:Listen")]
    [InlineData("http://localhost.example.org:8420", "local", false, "Access:Authentication")]
    [InlineData("http://*:8420", "local", false, "Silo:Listen")]
    [InlineData("http://+:8420", "local", false, "Silo:Listen")]
    [InlineData("http://127.0.0.1:8420;http://0.0.0.0:8421", "local", false, "Silo:Listen")]
    public void A_silo_listens_beyond_its_machine_only_with_tokens_and_tls(string listen, string authentication, bool proxy, string? problem)
    {
        var options = new SiloOptions { DataFolder = "x", LedgerRpc = "http://127.0.0.1:1", Listen = listen, BehindTlsProxy = proxy };
        options.Security.Access.Authentication = authentication;
        var failures = new SiloOptionsValidator().Validate(null, options).Failures?.ToList() ?? [];
        if (problem is null)
        {
            Assert.Empty(failures);
        }
        else
        {
            Assert.Contains(failures, f => f.Contains(problem, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task On_its_own_machine_the_user_is_admin_and_nobody_else_is()
    {
        await using var silo = await SiloUnderTest.StartAsync(o => o.Security.Access.SignInsPerMinute = 20);
        using var client = silo.Client(null);
        Assert.Equal(HttpStatusCode.OK, await BrakeAsync(client, null));
        Assert.Equal(HttpStatusCode.OK, await BrakeAsync(client, ("Sec-Fetch-Site", "same-origin")));
        foreach (var foreign in new[]
        {
            ("Host", "rebound.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example"), ("Origin", "null"), ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9"),
                ("X-Real-IP", "203.0.113.9"),
        })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await BrakeAsync(client, foreign));
        }

        using var form = new HttpRequestMessage(HttpMethod.Post, "api/v1/brake") { Content = new StringContent("""{"author":"a","reason":"r","on":true}""", System.Text.Encoding.UTF8, "text/plain") };
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendAsync(form, Ct)).StatusCode);

        var health = await client.GetAsync("api/v1/health", Ct);
        Assert.Equal("nosniff", health.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("default-src 'none'", health.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.True(health.Headers.CacheControl!.NoStore);
        using var huge = new StringContent(new string('x', 3_000_000), System.Text.Encoding.UTF8, "application/json");
        var tooLarge = await client.PostAsync("api/v1/brake", huge, Ct);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (tooLarge.StatusCode, tooLarge.Content.Headers.ContentType?.MediaType));

        using var wrong = silo.Client("etdb_000000000000_" + new string('0', 64));
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 60; i++)
        {
            statuses.Add((await wrong.GetAsync("api/v1/health", Ct)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("api/v1/health", Ct)).StatusCode);
    }

    [Fact]
    public async Task Tls_is_spoken_with_the_certificate_of_the_configuration()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(folder.At("cert.pem"), certificate.ExportCertificatePem(), Ct);
        await File.WriteAllTextAsync(folder.At("key.pem"), key.ExportPkcs8PrivateKeyPem(), Ct);
        await using var silo = await SiloUnderTest.StartAsync(o => (o.Listen, o.CertificateFile, o.CertificateKeyFile) = ("https://127.0.0.1:0", folder.At("cert.pem"), folder.At("key.pem")));
        Assert.Equal("https", silo.Address.Scheme);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, seen, _, _) => seen!.GetCertHashString() == certificate.GetCertHashString() };
        using var client = new HttpClient(handler) { BaseAddress = silo.Address };
        var answer = await client.GetAsync("api/v1/health", Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Nodes_inside_are_not_called_unless_their_network_is_named()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Assert.True(NodeAddressPolicy.TryParse([], out var strict, out _));
        using var http = new NodeHttp(new NodeDialer(strict));
        foreach (var host in new[] { "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433" })
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => http.Client.GetAsync($"http://{host}:{port}/", Ct));
        }

        Assert.False(listener.Pending());
    }

    [Fact]
    public void What_is_sealed_opens_with_the_same_key_for_the_same_purpose_only()
    {
        var (first, second) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        var secrets = new ClusterSecrets(first, []);
        var text = secrets.Seal("Bearer x", "node a");
        Assert.DoesNotContain("Bearer", text, StringComparison.Ordinal);
        Assert.NotEqual(text, secrets.Seal("Bearer x", "node a"));
        Assert.Equal("Bearer x", new ClusterSecrets(first, []).Open(text, "node a"));
        Assert.Equal("Bearer x", new ClusterSecrets(second, [first]).Open(text, "node a"));
        Assert.ThrowsAny<CryptographicException>(() => secrets.Open(text, "node b"));
        Assert.ThrowsAny<CryptographicException>(() => new ClusterSecrets(second, []).Open(text, "node a"));
        var bytes = Convert.FromBase64String(text[ClusterSecrets.Prefix.Length..]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => secrets.Open(ClusterSecrets.Prefix + Convert.ToBase64String(changed), "node a"));
        }

        Assert.ThrowsAny<CryptographicException>(() => secrets.Open("Bearer x", "node a"));
        Assert.True(secrets.Verify("a"u8, secrets.Sign("a"u8, "p"), "p"));
        Assert.False(secrets.Verify("a"u8, secrets.Sign("a"u8, "p"), "q"));
        Assert.False(secrets.Verify("b"u8, secrets.Sign("a"u8, "p"), "p"));
    }

    [Fact]
    public void A_key_that_was_half_written_when_the_power_went_keeps_no_later_start_waiting()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("secret.key.new"), "half a k");
        var secrets = SecretFiles.Load(new SecretsOptions(), folder.Path);
        Assert.Equal("x", SecretFiles.LoadExisting(new SecretsOptions(), folder.Path).Open(secrets.Seal("x", "p"), "p"));
        Assert.Equal(["secret.key"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    private static async Task<HttpStatusCode> BrakeAsync(HttpClient client, (string Name, string Value)? header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/brake") { Content = JsonContent.Create(new { author = "a", reason = "r", on = false }) };
        if (header is { } h)
        {
            request.Headers.TryAddWithoutValidation(h.Name, h.Value);
        }

        return (await client.SendAsync(request, Ct)).StatusCode;
    }
}
