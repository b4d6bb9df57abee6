#if ORLEANS_MICROSOFT
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Etdb.Grains.Members;
using Etdb.Integration.Tests.Postgres;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>Silos that talk to each other by TLS alone: what they do together works, and who shows no certificate of the cluster's is not heard on any of their ports.</summary>
public sealed class ClusterTlsTests(PostgresFixture postgres)
{
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Silos_and_clients_with_a_certificate_work_together_and_others_are_not_heard()
    {
        var server = await postgres.ServerAsync();
        var connection = await server.CreateDatabaseAsync();
        await using var world = await LabWorld.StartAsync(1, Ct);
        using var ours = new ClusterCertificates(world.At("ours"), "cluster authority");
        using var strangers = new ClusterCertificates(world.At("strangers"), "cluster authority");
        await using var a = new SiloProcess("a", Config(world, "a", connection, ours));
        await using var b = new SiloProcess("b", Config(world, "b", connection, ours));
        await a.StartAsync();
        await a.WaitReadyAsync(Ct);
        await b.StartAsync();
        await b.WaitReadyAsync(Ct);
        await a.WaitForLogAsync("2 silos do");
        await using var database = new PostgresDatabase(new PostgresOptions { ConnectionString = connection });
        Assert.True(await AsksAsync(database, Options(ours, "client"), expected: true));
        Assert.False(await AsksAsync(database, null, expected: false));
        Assert.False(await AsksAsync(database, Options(strangers, "client"), expected: false));

        var name = connection.Split(';').First(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        var rows = await server.SqlAsync(name, "select split_part(split_part(address, ':', 2), '@', 1) || ' ' || proxy_port from cluster_silo where status = 3");
        var ports = rows.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        Assert.Equal(4, ports.Count);
        foreach (var port in ports)
        {
            await AssertTurnedAwayAsync(port, Load(strangers, "probe"));
            await AssertTurnedAwayAsync(port, null);
        }

        // A silo of another authority finds the others in the database, but does not become one of them, and says so.
        await using var c = new SiloProcess("c", Config(world, "c", connection, strangers));
        await c.StartAsync();
        await c.WaitReadyAsync(Ct, "a new start");
        await a.WaitReadyAsync(Ct);
        await b.WaitReadyAsync(Ct);
    }

    private static string Config(LabWorld world, string name, string connection, ClusterCertificates authority) => SiloConfig.Write(world, name, connection, d =>
    {
        var (certificate, key) = authority.Issue("silo-" + name);
        d["Silo"]!["ClusterTls"] = new JsonObject { ["CertificateFile"] = certificate, ["CertificateKeyFile"] = key, ["AuthorityFile"] = authority.AuthorityFile };
    });

    private static ClusterTlsOptions Options(ClusterCertificates authority, string name)
    {
        var (certificate, key) = authority.Issue(name);
        return new ClusterTlsOptions { CertificateFile = certificate, CertificateKeyFile = key, AuthorityFile = authority.AuthorityFile };
    }

    private static X509Certificate2 Load(ClusterCertificates authority, string name)
    {
        var (certificate, key) = authority.Issue(name);
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A client outside the cluster asks a grain; true when it is answered.</summary>
    private static async Task<bool> AsksAsync(PostgresDatabase database, ClusterTlsOptions? tls, bool expected)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.AddEtdbClusterClient(database, "etdb", tls);
        using var client = builder.Build();
        try
        {
            // A client that is refused tries again and again: it is not waited for long.
            var limit = expected ? Generous : Short;
            await client.StartAsync(Ct).WaitAsync(limit, Ct);
            await client.Services.GetRequiredService<IGrainFactory>().GetGrain<IMemberGrain>("nobody").Get().WaitAsync(limit, Ct);
            return true;
        }
        catch (Exception e) when (e is Orleans.Runtime.OrleansException or TimeoutException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Shakes hands with a port of a silo; the silo must end the connection. (It looks at the certificate after the handshake: the end shows at the first read.)</summary>
    private static async Task AssertTurnedAwayAsync(int port, X509Certificate2? certificate)
    {
        using var shown = certificate;
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, Ct);
        await using var tls = new SslStream(tcp.GetStream());
        var ended = false;
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "etdb-cluster",
                    ClientCertificates = certificate is null ? [] : [certificate],
                    RemoteCertificateValidationCallback = (_, silo, _, _) => silo!.Issuer == "CN=cluster authority",
                },
                Ct);
            ended = await tls.ReadAsync(new byte[16], Ct).AsTask().WaitAsync(Generous, Ct) == 0;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            ended = true;
        }

        Assert.True(ended, $"Port {port} went on talking to a stranger.");
    }
}
#endif
