using System.Net;

namespace Etdb.Silo.Security;

/// <summary>Who may call this silo (section <c>Access</c>).</summary>
public sealed class AccessOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Access";

    private IReadOnlyList<IPNetwork>? _proxies;

    /// <summary>
    /// <c>local</c>: who calls from this machine is admin, which is only allowed while the silo listens on loopback. <c>tokens</c>: nobody is
    /// anything without a token. Default <c>local</c>.
    /// </summary>
    public string Authentication { get; set; } = "local";

    /// <summary>Whether datasets, health, members and content may be read without a token; they are public in the ledger anyway. Default true.</summary>
    public bool PublicReading { get; set; } = true;

    /// <summary>FLO addresses that may sign in by proving their key; empty admits every key. Default empty.</summary>
    public IReadOnlyList<string> AdmittedPublishers { get; set; } = [];

    /// <summary>How long a session or a publisher's proof lasts. 5 minutes to 7 days, default 12 h.</summary>
    public TimeSpan SessionTime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Reads a caller may make in a minute; as many may come at once. 10..1000000, default 1200.</summary>
    public int ReadsPerMinute { get; set; } = 1200;

    /// <summary>Changes a caller may make in a minute. 1..100000, default 120.</summary>
    public int WritesPerMinute { get; set; } = 120;

    /// <summary>Attempts to sign in or join that one address may make in a minute. 1..10000, default 20.</summary>
    public int SignInsPerMinute { get; set; } = 20;

    /// <summary>Calls of one caller that may be answered at the same time. 4..10000, default 64.</summary>
    public int CallsAtOnce { get; set; } = 64;

    /// <summary>Live readers of events that one caller may be. 1..500, default 20.</summary>
    public int LiveReaders { get; set; } = 20;

    /// <summary>
    /// Addresses and networks (CIDR) of the proxies before this silo, e.g. <c>["127.0.0.1", "10.0.0.0/24"]</c>. Only their <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are
    /// believed; without them all who come through a proxy count as one caller. Default none.
    /// </summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];

    /// <summary>True for an address of a proxy of ours.</summary>
    internal bool IsTrustedProxy(IPAddress address) => Proxies().Any(n => n.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    /// <summary>The networks of <see cref="TrustedProxies"/>; those that are none are left out.</summary>
    internal IReadOnlyList<IPNetwork> Proxies() => _proxies ??= [.. TrustedProxies.Select(NetworkOf).OfType<IPNetwork>()];

    /// <summary>True when nobody is anything without a token.</summary>
    internal bool NeedsTokens => Authentication == "tokens";

    internal IEnumerable<string> Problems()
    {
        if (Authentication is not ("local" or "tokens"))
        {
            yield return $"Access:Authentication is '{Authentication}'; it takes local or tokens.";
        }

        if (SessionTime < TimeSpan.FromMinutes(5) || SessionTime > TimeSpan.FromDays(7))
        {
            yield return $"Access:SessionTime is {SessionTime}; it takes 00:05:00 to 7.00:00:00.";
        }

        foreach (var wrong in TrustedProxies.Where(p => NetworkOf(p) is null))
        {
            yield return $"Access:TrustedProxies names '{wrong}'; it takes addresses and networks such as 127.0.0.1 or 10.0.0.0/24.";
        }

        foreach (var (key, value, least, most) in new[]
        {
            (nameof(ReadsPerMinute), ReadsPerMinute, 10, 1_000_000), (nameof(WritesPerMinute), WritesPerMinute, 1, 100_000), (nameof(SignInsPerMinute), SignInsPerMinute, 1, 10_000),
            (nameof(CallsAtOnce), CallsAtOnce, 4, 10_000), (nameof(LiveReaders), LiveReaders, 1, 500),
        })
        {
            if (value < least || value > most)
            {
                yield return $"Access:{key} is {value}; it takes {least} to {most}.";
            }
        }
    }

    private static IPNetwork? NetworkOf(string text)
        => IPNetwork.TryParse(text, out var network) ? network : IPAddress.TryParse(text, out var one) ? new IPNetwork(one, one.GetAddressBytes().Length * 8) : null;
}
