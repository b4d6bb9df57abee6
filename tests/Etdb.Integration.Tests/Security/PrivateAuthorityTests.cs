using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etdb.Domain.Membership;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;
using Etdb.Ipfs.Node;
using Etdb.Silo.Hosting;
using Etdb.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Etdb.Integration.Tests.Security;

/// <summary>A member's node behind <c>https</c> with a certificate of the institution's own authority, as the silo sees it with and without <c>Nodes:AuthorityFile</c>.</summary>
public sealed class PrivateAuthorityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_node_of_a_private_authority_is_believed_when_the_authority_is_named_and_else_the_key_is()
    {
        using var authority = Authority("consortium");
        using var stranger = Authority("consortium");
        using var certificate = Signed(authority);
        await using var node = await EmbeddedNode.StartAsync(new EmbeddedNodeOptions { Folder = _folder.At("node"), ApiPort = 0, GatewayPort = 0, CapacityBytes = 1_000_000_000 }, Ct);
        using var inner = new HttpClient { BaseAddress = node.ApiUri };
        await using var web = await BehindTlsAsync(certificate, inner);
        var endpoint = new NodeEndpoint(new NodeId("leiden-1"), web.Urls.Single(), null, null);

        var (known, probe) = await LookAsync(Pem(authority), endpoint);
        Assert.Null(known.RpcProblem);
        Assert.StartsWith("etdb-node/", known.Agent, StringComparison.Ordinal);
        Assert.True(probe.Reachable, probe.Problem);
        foreach (var file in new[] { null, Pem(stranger) })
        {
            var (unknown, refused) = await LookAsync(file, endpoint);
            Assert.Contains("Nodes:AuthorityFile", unknown.RpcProblem, StringComparison.Ordinal);
            Assert.False(refused.Reachable);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nothing")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void A_file_without_an_authority_stops_the_start_and_is_named(string? content)
    {
        var path = _folder.At("authority.pem");
        if (content is not null)
        {
            File.WriteAllText(path, content);
        }

        var options = new SiloOptions { DataFolder = "x", LedgerRpc = "http://127.0.0.1:1" };
        options.Security.Nodes.AuthorityFile = path;
        var said = Assert.Single(new SiloOptionsValidator().Validate(null, options).Failures!);
        Assert.StartsWith("Nodes:AuthorityFile", said, StringComparison.Ordinal);
        Assert.Contains(path, said, StringComparison.Ordinal);
        Assert.Contains("Name a PEM file", said, StringComparison.Ordinal);
    }

    private static async Task<(JoinFindings Found, NodeProbe Probe)> LookAsync(string? file, NodeEndpoint endpoint)
    {
        await using var silo = await SiloUnderTest.StartAsync(o => o.Security.Nodes.AuthorityFile = file);
        var found = await silo.App.Services.GetRequiredService<INodeInspector>().InspectAsync(endpoint, Ct);
        return (found, await silo.App.Services.GetRequiredService<IArchiveNodeConnector>().Connect(endpoint).ProbeAsync(Ct));
    }

    private static async Task<WebApplication> BehindTlsAsync(X509Certificate2 certificate, HttpClient inner)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var web = builder.Build();
        web.Run(async context =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"{context.Request.Path}{context.Request.QueryString}".TrimStart('/'));
            using var answer = await inner.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        });
        await web.StartAsync(Ct);
        return web;
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
    }

    private static X509Certificate2 Signed(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var bare = request.Create(authority, now.AddDays(-1), now.AddDays(1), [1, 2, 3]);
        return bare.CopyWithPrivateKey(key);
    }

    private string Pem(X509Certificate2 certificate)
    {
        var path = _folder.At(certificate.Thumbprint + ".pem");
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }
}
