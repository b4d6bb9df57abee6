using System.Globalization;
using System.Net;
using Etdb.Ipfs.Node.Rpc;

namespace Etdb.Ipfs.Node;

/// <summary>
/// Addresses of other nodes' gateways: an http(s) URL, or a multiaddr that ends in <c>/http</c> or <c>/https</c> (then <c>/p2p/ID</c> at will),
/// e.g. <c>/ip4/127.0.0.1/tcp/8080/http/p2p/Qm…</c>.
/// </summary>
public static class PeerAddress
{
    /// <summary>The base URL of a gateway; false when the text names none.</summary>
    public static bool TryParse(string text, out Uri gateway)
    {
        gateway = null!;
        if (text.StartsWith('/'))
        {
            return TryParseMultiaddr(text, out gateway);
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not "http" and not "https" || uri.UserInfo.Length > 0)
        {
            return false;
        }

        gateway = new Uri(uri.GetLeftPart(UriPartial.Authority));
        return true;
    }

    /// <summary>The multiaddr of a gateway.</summary>
    public static string ToMultiaddr(Uri gateway, string? peerId)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var kind = gateway.HostNameType switch { UriHostNameType.IPv4 => "ip4", UriHostNameType.IPv6 => "ip6", _ => "dns" };
        return $"/{kind}/{gateway.Host.Trim('[', ']')}/tcp/{gateway.Port}/{gateway.Scheme}{(peerId is null ? string.Empty : "/p2p/" + peerId)}";
    }

    internal static Uri Parse(string text) => TryParse(text, out var gateway)
        ? gateway
        : throw RpcException.BadArgument($"'{text}' is no gateway address: this node takes http(s) URLs and multiaddrs such as /ip4/127.0.0.1/tcp/8080/http");

    private static bool TryParseMultiaddr(string text, out Uri gateway)
    {
        gateway = null!;
        var parts = text.Split('/');
        if (parts.Length is not 6 and not 8 || parts[3] != "tcp" || parts[5] is not "http" and not "https" || (parts.Length == 8 && parts[6] is not "p2p" and not "ipfs")
            || !ushort.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return false;
        }

        var host = parts[1] switch
        {
            "ip4" or "ip6" when IPAddress.TryParse(parts[2], out var address) => address.ToString(),
            "dns" or "dns4" or "dns6" when Uri.CheckHostName(parts[2]) == UriHostNameType.Dns => parts[2],
            _ => null,
        };
        if (host is null)
        {
            return false;
        }

        gateway = new UriBuilder(parts[5], host, port).Uri;
        return true;
    }
}
