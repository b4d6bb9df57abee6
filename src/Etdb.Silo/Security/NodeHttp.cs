using System.Security.Cryptography.X509Certificates;
using Etdb.Ipfs.Fetch;

namespace Etdb.Silo.Security;

/// <summary>The one pool of connections to members' nodes: no redirects, no proxy, no cookies, and every connection through the <see cref="NodeDialer"/>.</summary>
public sealed class NodeHttp(NodeDialer dialer, X509Certificate2Collection? authorities = null) : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    /// <summary>The client; time limits are the caller's.</summary>
    public HttpClient Client { get; } = HttpPool.Create(ConnectLimit, authorities, dialer.ConnectAsync);

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
