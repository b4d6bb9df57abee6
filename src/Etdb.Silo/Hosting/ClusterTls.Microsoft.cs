#if ORLEANS_MICROSOFT
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace Etdb.Silo.Hosting;

/// <summary>
/// Puts TLS 1.2 or newer under the connections of Orleans, with a certificate on both sides that the cluster's own authority signed. Names are not compared: silos are found by IP
/// address in the database, and being signed by that authority is what makes a silo or client one of the cluster's.
/// </summary>
internal sealed class ClusterTls
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2Collection _authorities;

    public ClusterTls(ClusterTlsOptions options)
    {
        _certificate = CertificateFiles.Load(options.CertificateFile!, options.CertificateKeyFile, options.CertificatePasswordFile);
        _authorities = CertificateFiles.LoadAuthorities(options.AuthorityFile!);
    }

    public void Use(SiloConnectionOptions connections)
    {
        connections.ConfigureSiloInboundConnection(builder => builder.Use(Inbound));
        connections.ConfigureGatewayInboundConnection(builder => builder.Use(Inbound));
        connections.ConfigureSiloOutboundConnection(builder => builder.Use(Outbound));
    }

    public void Use(ClientConnectionOptions connections) => connections.ConfigureConnection(builder => builder.Use(Outbound));

    private ConnectionDelegate Inbound(ConnectionDelegate next) => context => RunAsync(context, next, (tls, ct) => tls.AuthenticateAsServerAsync(
        new SslServerAuthenticationOptions
        {
            ServerCertificate = _certificate,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => IsOurs(certificate),
        },
        ct));

    private ConnectionDelegate Outbound(ConnectionDelegate next) => context => RunAsync(context, next, (tls, ct) => tls.AuthenticateAsClientAsync(
        new SslClientAuthenticationOptions
        {
            TargetHost = "etdb-cluster",
            ClientCertificates = [_certificate],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => IsOurs(certificate),
        },
        ct));

    private static async Task RunAsync(ConnectionContext context, ConnectionDelegate next, Func<SslStream, CancellationToken, Task> handshake)
    {
        var plain = context.Transport;
        await using var tls = new SslStream(new DuplexStream(plain), leaveInnerStreamOpen: false);
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed))
        {
            limit.CancelAfter(HandshakeLimit);
            await handshake(tls, limit.Token);
        }

        var secret = new TlsPipe(PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true)), PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true)));
        context.Transport = secret;
        try
        {
            await next(context);
        }
        finally
        {
            await secret.Input.CompleteAsync();
            await secret.Output.CompleteAsync();
            context.Transport = plain;
        }
    }

    private bool IsOurs(X509Certificate? certificate)
    {
        if (certificate is null)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }

    private sealed record TlsPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
#endif
