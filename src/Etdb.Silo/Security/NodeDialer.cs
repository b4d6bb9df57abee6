using System.Net;
using System.Net.Sockets;
using Etdb.Domain.Membership;

namespace Etdb.Silo.Security;

/// <summary>
/// Opens connections to members' nodes. The name is resolved here, every address is held against the policy, and the connection goes to the very
/// address that was checked: between check and use nothing can be rebound. Each new connection is checked again.
/// </summary>
public sealed class NodeDialer(NodeAddressPolicy policy)
{
    /// <summary>Resolves a host and gives the addresses that may be called; empty when none may.</summary>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var all = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        // One forbidden address among several is enough to refuse: a name that points inside and outside is made to be let through.
        return all.Length > 0 && all.All(policy.Allows) ? all : [];
    }

    /// <summary>True when every address of the host lies in a network the operator named.</summary>
    public bool IsTrusted(IReadOnlyList<IPAddress> addresses) => addresses.Count > 0 && addresses.All(policy.IsTrusted);

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, cancellationToken);
        if (addresses.Count == 0)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{context.DnsEndPoint.Host} is not a public address; networks of our own have to be named in Nodes:AllowedNetworks.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync([.. addresses], context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
