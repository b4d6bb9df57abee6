using System.Net;
using System.Net.Sockets;

namespace Etdb.Domain.Membership;

/// <summary>
/// Which addresses the cluster may call because a member said so. A member's word must not make the cluster call its own machine, its own
/// network or a cloud's metadata service (SSRF). Everything that is not a public unicast address is refused unless a network that
/// the operator named holds it.
/// </summary>
public sealed class NodeAddressPolicy
{
    /// <summary>Ranges that are not public (IANA special-purpose registries, RFC 6890), multicast and reserved.</summary>
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(static text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork LocalNat64 = IPNetwork.Parse("64:ff9b:1::/48");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");

    private readonly IReadOnlyList<IPNetwork> _allowed;

    /// <summary>A policy that also allows what is in the networks given.</summary>
    public NodeAddressPolicy(IReadOnlyList<IPNetwork> allowed) => _allowed = allowed;

    /// <summary>True when it may be called.</summary>
    public bool Allows(IPAddress address) => IsTrusted(address) || IsPublic(address);

    /// <summary>True when it lies in a network the operator named.</summary>
    public bool IsTrusted(IPAddress address)
    {
        var plain = Unwrap(address);
        return _allowed.Any(n => n.Contains(plain));
    }

    /// <summary>True for public unicast addresses.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Unwrap(address);
        return plain.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !LocalNat64.Contains(plain) && !Special.Any(n => n.Contains(plain));
    }

    /// <summary>Reads networks in CIDR form; names the first that is none.</summary>
    public static bool TryParse(IEnumerable<string> texts, out NodeAddressPolicy policy, out string? wrong)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var networks = new List<IPNetwork>();
        wrong = null;
        foreach (var text in texts)
        {
            if (IPNetwork.TryParse(text, out var network))
            {
                networks.Add(network);
            }
            else
            {
                wrong ??= text;
            }
        }

        policy = new NodeAddressPolicy(networks);
        return wrong is null;
    }

    /// <summary>The IPv4 address inside an IPv6 one that only carries it (mapped, compatible, NAT64); else the address itself.</summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        var carries = Nat64.Contains(address) || (Compatible.Contains(address) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.IPv6Loopback));
        return carries ? new IPAddress(bytes.AsSpan(12)) : new IPAddress(bytes);
    }
}
