using Etdb.Domain.Membership;
using Etdb.Grains.Ports;
using Etdb.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Security;

/// <summary>Everything about who may call this silo and whom it may call, as one option.</summary>
public sealed class SecurityOptions
{
    /// <summary>Who may call.</summary>
    public AccessOptions Access { get; set; } = new();

    /// <summary>The key of stored credentials.</summary>
    public SecretsOptions Secrets { get; set; } = new();

    /// <summary>Whom the silo may call.</summary>
    public NodesOptions Nodes { get; set; } = new();

    internal IEnumerable<string> Problems() => [.. Access.Problems(), .. Nodes.Problems()];
}

/// <summary>Composes the security of a silo.</summary>
internal static partial class SecurityHosting
{
    public static void AddEtdbSecurity(this IServiceCollection services, SiloOptions options)
    {
        services.AddSingleton(options.Security.Access);
        services.AddSingleton(_ => SecretFiles.Load(options.Security.Secrets, options.DataFolder));
        services.AddSingleton<NodeAddressPolicy>(_ => options.Security.Nodes.Policy());
        services.AddSingleton<NodeDialer>();
        services.AddSingleton(provider => new NodeHttp(provider.GetRequiredService<NodeDialer>(), options.Security.Nodes.Authorities()));
        services.AddSingleton<NodeCredentials>();
        services.AddSingleton<INodeInspector, NodeInspector>();
        services.AddSingleton<LoginChallenges>();
        services.AddSingleton<TokenMint>();
        services.AddSingleton<CallerReader>();
        services.AddSingleton<CallLimits>();
        services.AddSingleton<CallLog>();
        services.AddHostedService<FirstAdmin>();
    }

    /// <summary>TLS from a certificate file; without one, Listen has to be plain.</summary>
    public static void AddTls(this WebApplicationBuilder builder, SiloOptions options)
    {
        if (options.CertificateFile is null)
        {
            return;
        }

        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = CertificateFiles.Load(options.CertificateFile, options.CertificateKeyFile, options.CertificatePasswordFile);
            https.SslProtocols = System.Security.Authentication.SslProtocols.Tls12 | System.Security.Authentication.SslProtocols.Tls13;
        }));
    }

    /// <summary>Takes over who calls from the proxies of the configuration, and from nobody else; before anything that looks at the caller.</summary>
    public static void UseTrustedProxies(this WebApplication app, SiloOptions options)
    {
        if (options.BehindTlsProxy && options.Security.Access.Proxies().Count == 0)
        {
            AllAreOne(app.Logger);
        }

        if (options.Security.Access.Proxies().Count > 0)
        {
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in options.Security.Access.Proxies())
            {
                forwarded.KnownIPNetworks.Add(network);
            }

            app.UseForwardedHeaders(forwarded);
        }
    }

    public static void UseEtdbSecurity(this WebApplication app)
    {
        app.UseMiddleware<ResponseHeaders>();
        app.UseMiddleware<AccessMiddleware>();
    }

    [LoggerMessage(5309, LogLevel.Warning, "A proxy is before this silo, and Access:TrustedProxies does not name it: all who call through it count as one caller, for limits and in the notes of calls.")]
    private static partial void AllAreOne(ILogger logger);
}
