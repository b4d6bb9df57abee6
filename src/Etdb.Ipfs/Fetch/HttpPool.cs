using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Etdb.Ipfs.Fetch;

/// <summary>How connections to other nodes are made: no proxy, no redirects, no cookies, no decompression (a compressed answer is not a block).</summary>
public static class HttpPool
{
    /// <summary>Connections to one other node.</summary>
    public const int ConnectionsPerNode = 16;

    /// <summary>A client for one caller's requests; it may be shared by all of them. Time limits are the caller's.</summary>
    /// <param name="connectTimeout">How long a connection may take to be made.</param>
    /// <param name="authorities">Who may vouch for a node's certificate (see <see cref="TlsTrust"/>); null means those of the machine.</param>
    /// <param name="connect">Opens connections, and may refuse addresses; null leaves that to the library.</param>
    public static HttpClient Create(
        TimeSpan connectTimeout, X509Certificate2Collection? authorities = null, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = ConnectionsPerNode,
            ConnectTimeout = connectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 64,
            ConnectCallback = connect,
        };
        if (authorities is not null)
        {
            handler.SslOptions.CertificateChainPolicy = TlsTrust.PolicyOf(authorities);
        }

        return new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
