using System.Net;

namespace Etdb.Ipfs.Fetch;

/// <summary>How connections to other nodes are made: no proxy, no redirects, no cookies, no decompression (a compressed answer is not a block).</summary>
public static class HttpPool
{
    /// <summary>Connections to one other node.</summary>
    public const int ConnectionsPerNode = 16;

    /// <summary>A client for one caller's requests; it may be shared by all of them. Time limits are the caller's.</summary>
    public static HttpClient Create(TimeSpan connectTimeout)
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
        };
        return new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
