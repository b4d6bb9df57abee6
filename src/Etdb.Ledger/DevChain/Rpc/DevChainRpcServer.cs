using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Etdb.Ledger.Flo.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>JSON-RPC of a development chain over HTTP on loopback, with the methods, errors and status codes of flod, so that tools made for FLO nodes can talk to it.</summary>
public sealed class DevChainRpcServer : IAsyncDisposable
{
    private const string CookieUser = "__cookie__";
    private const string CookieFile = ".cookie";

    private static readonly JsonSerializerOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly WebApplication _application;
    private readonly byte[] _expected;
    private readonly string _user;
    private readonly RpcPassword _password;

    private DevChainRpcServer(WebApplication application, string user, RpcPassword password)
    {
        _application = application;
        _user = user;
        _password = password;
        _expected = SHA256.HashData(Encoding.UTF8.GetBytes($"{user}:{password.Value}"));
    }

    /// <summary>Where it listens.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Starts to listen.</summary>
    public static async Task<DevChainRpcServer> StartAsync(DevelopmentChain chain, DevChainRpcOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        });
        var password = options.User is null ? new RpcPassword(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))) : options.Password ?? new RpcPassword(string.Empty);
        var server = new DevChainRpcServer(builder.Build(), options.User ?? CookieUser, password);
        var dispatcher = new RpcDispatcher(Methods(chain, options.WalletKey, time), chain);
        server._application.Run(context => server.HandleAsync(context, dispatcher));
        await server._application.StartAsync(cancellationToken).ConfigureAwait(false);
        var addresses = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        server.Endpoint = new Uri(addresses.First());
        if (options is { User: null, CookieFolder: { } folder })
        {
            await WriteCookieAsync(folder, $"{CookieUser}:{password.Value}", cancellationToken).ConfigureAwait(false);
        }

        return server;
    }

    /// <summary>What a client in this process needs.</summary>
    public FloRpcOptions ClientOptions() => new() { Endpoint = Endpoint, User = _user, Password = _password };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static RpcMethodTable Methods(DevelopmentChain chain, FloKey? walletKey, TimeProvider time)
    {
        var table = new RpcMethodTable();
        new ChainMethods(chain, time).AddTo(table);
        new TransactionMethods(chain).AddTo(table);
        new NodeMethods(chain, table, time).AddTo();
        if (walletKey is not null)
        {
            new WalletMethods(chain, walletKey).AddTo(table);
        }

        return table;
    }

    private async Task HandleAsync(HttpContext context, RpcDispatcher dispatcher)
    {
        if (!IsAuthorized(context.Request.Headers.Authorization.ToString()))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"jsonrpc\"";
            return;
        }

        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        var (status, answer) = await dispatcher.AnswerAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, Format, context.RequestAborted).ConfigureAwait(false);
    }

    private bool IsAuthorized(string header)
    {
        const string Scheme = "Basic ";
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var credentials = new byte[header.Length];
        return Convert.TryFromBase64String(header[Scheme.Length..].Trim(), credentials, out var length)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(credentials.AsSpan(0, length)), _expected);
    }

    private static async Task WriteCookieAsync(string folder, string cookie, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await PrivateFile.WriteAsync(Path.Combine(folder, CookieFile), Encoding.ASCII.GetBytes(cookie), overwrite: true, cancellationToken).ConfigureAwait(false);
    }
}
