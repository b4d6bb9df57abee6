using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Etdb.Silo.Security;

/// <summary>
/// How many connections one address may hold, before a byte of theirs is read or a handshake done, and how slow they may be: else a single machine that opens connections and says
/// nothing takes all there are. This machine and the proxies of the configuration hold those of many callers.
/// </summary>
internal sealed class ConnectionLimits(Func<IPAddress, bool> isMany)
{
    /// <summary>Connections of one address (an IPv6 /64).</summary>
    public const int MostOfOne = 256;

    private const int Most = 10_000;
    private const double LeastBytesPerSecond = 1_024;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HeadersWithin = TimeSpan.FromSeconds(15);
    private readonly CallPlaces _places = new();

    /// <summary>Addresses that hold a connection.</summary>
    public int Kept => _places.Kept;

    /// <summary>Sets the limits of a server.</summary>
    public static void Apply(KestrelServerOptions kestrel, AccessOptions access)
    {
        var limits = new ConnectionLimits(address => IPAddress.IsLoopback(address) || access.IsTrustedProxy(address));
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = Most;
        kestrel.Limits.RequestHeadersTimeout = HeadersWithin;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(LeastBytesPerSecond, Grace);
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(limits.Around));
    }

    /// <summary>Lets a connection in, or ends it.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        if (connection.RemoteEndPoint is not IPEndPoint { Address: var address } || isMany(address))
        {
            await next(connection);
            return;
        }

        using var place = _places.Enter(CallerReader.KeyOf(address), MostOfOne);
        if (place is null)
        {
            connection.Abort(new ConnectionAbortedException("One address holds too many connections."));
            return;
        }

        await next(connection);
    };
}
