using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Tests.Kubo;

/// <summary>A Kubo behind https with a certificate that no machine trusts by itself.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-tls-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_self_signed_node_is_believed_when_its_certificate_is_pinned_and_by_nobody_else()
    {
        using var certificate = SelfSigned("127.0.0.1");
        using var stranger = SelfSigned("127.0.0.1");
        await using var web = await ServeAsync(certificate);
        Assert.Equal(KuboOutcome.Done, await AskAsync(web, Pem(certificate)));
        Assert.Equal(KuboOutcome.Unreachable, await AskAsync(web, Pem(stranger)));
        Assert.Equal(KuboOutcome.Unreachable, await AskAsync(web, null));
    }

    [Fact]
    public async Task An_authority_vouches_for_its_nodes_and_only_under_their_names()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=consortium", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var authority = request.CreateSelfSigned(Yesterday, Tomorrow);
        using var good = Signed("127.0.0.1", authority);
        using var elsewhere = Signed("127.0.0.2", authority);
        await using var node = await ServeAsync(good);
        await using var other = await ServeAsync(elsewhere);
        Assert.Equal(KuboOutcome.Done, await AskAsync(node, Pem(authority)));
        Assert.Equal(KuboOutcome.Unreachable, await AskAsync(other, Pem(authority)));
    }

    [Fact]
    public void A_file_without_certificates_is_named()
    {
        var path = Path.Combine(_folder, "empty.pem");
        File.WriteAllText(path, "nothing");
        Assert.Contains(path, Assert.Throws<FormatException>(() => TlsTrust.Load(path)).Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => TlsTrust.Load(path + ".absent"));
    }

    [Fact]
    public async Task A_private_authority_can_stand_beside_those_of_the_machine()
    {
        using var certificate = SelfSigned("127.0.0.1");
        using var machine = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        machine.Open(OpenFlags.ReadOnly);
        var all = TlsTrust.LoadBesideMachine(Pem(certificate));
        Assert.Contains(certificate.Thumbprint, all.Select(static known => known.Thumbprint));
        Assert.Empty(machine.Certificates.Select(static known => known.Thumbprint).Except(all.Select(static known => known.Thumbprint), StringComparer.Ordinal));
        Assert.Throws<FormatException>(() => TlsTrust.LoadBesideMachine(Path.Combine(_folder, "absent.pem")));

        await using var web = await ServeAsync(certificate);
        using var http = HttpPool.Create(TimeSpan.FromSeconds(20), all);
        var client = new KuboClient(http, new KuboEndpoint(new Uri(web.Urls.Single()), null, "Bearer secret"), new KuboClientOptions { StallLimit = TimeSpan.FromSeconds(30) });
        Assert.Equal(KuboOutcome.Done, (await client.VersionAsync(Token)).Outcome);
    }

    private static DateTimeOffset Yesterday => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static DateTimeOffset Tomorrow => TimeProvider.System.GetUtcNow().AddDays(1);

    private static async Task<KuboOutcome> AskAsync(WebApplication web, string? trusted)
    {
        using var http = HttpPool.Create(TimeSpan.FromSeconds(20), trusted is null ? null : TlsTrust.Load(trusted));
        var client = new KuboClient(http, new KuboEndpoint(new Uri(web.Urls.Single()), null, "Bearer secret"), new KuboClientOptions { StallLimit = TimeSpan.FromSeconds(30) });
        return (await client.VersionAsync(Token)).Outcome;
    }

    private static CertificateRequest Request(string address, ECDsa key)
    {
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    private static X509Certificate2 SelfSigned(string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(address, key).CreateSelfSigned(Yesterday, Tomorrow);
    }

    private static X509Certificate2 Signed(string address, X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = Request(address, key).Create(authority, Yesterday.AddMinutes(1), Tomorrow.AddMinutes(-1), [1, 2, 3, (byte)address[^1]]);
        return bare.CopyWithPrivateKey(key);
    }

    private string Pem(X509Certificate2 certificate)
    {
        var path = Path.Combine(_folder, certificate.Thumbprint + ".pem");
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    private static async Task<WebApplication> ServeAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var web = builder.Build();
        web.Run(static context => context.Response.WriteAsync(context.Request.Headers.Authorization == "Bearer secret" ? "{\"Version\":\"0.42.0\"}" : "{}"));
        await web.StartAsync(Token);
        return web;
    }
}
