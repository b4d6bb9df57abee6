using System.Net;
using System.Net.Sockets;
using Etdb.Domain.Access;
using Etdb.Grains.Access;
using Microsoft.AspNetCore.Http;
using Orleans;

namespace Etdb.Silo.Security;

/// <summary>
/// Finds out who calls: a token, a browser's session, or somebody on this machine. A credential that is not good is never ignored: who shows one and is
/// wrong gets told, instead of being served as a stranger.
/// </summary>
internal sealed class CallerReader(IGrainFactory grains, AccessOptions options, TimeProvider time)
{
    /// <summary>The browser's cookie; never readable by scripts, never sent by other sites.</summary>
    public const string Cookie = "etdb_session";

    private const string Bearer = "Bearer ";
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);
    private static readonly Grant[] Reader = [new(Role.Viewer, null)];
    private static readonly Grant[] Admin = [new(Role.Admin, null)];

    /// <summary>The caller, or why its credential is refused.</summary>
    public async Task<(Caller? Caller, string? Refusal)> ReadAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length > 0)
        {
            return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
                ? await CheckAsync(header[Bearer.Length..].Trim(), CallerKind.Token, context.RequestAborted)
                : (null, "Only 'Authorization: Bearer etdb_…' is understood.");
        }

        // What another site makes a browser send is nobody's: neither the cookie nor the place it comes from speaks for its user.
        var ownSite = IsOwnSite(context.Request);
        if (ownSite && context.Request.Cookies[Cookie] is { Length: > 0 } cookie)
        {
            var (caller, _) = await CheckAsync(cookie, CallerKind.Session, context.RequestAborted);
            if (caller is not null)
            {
                return (caller, null);
            }

            context.Response.Cookies.Delete(Cookie); // A session that ended makes a stranger of a reader, not an error of every page.
        }

        var key = KeyOf(context.Connection.RemoteIpAddress);
        return ownSite && !options.NeedsTokens && IsLocal(context)
            ? (new Caller(CallerKind.Local, "local", Admin, null, null, "local"), null)
            : (new Caller(CallerKind.Anonymous, "anonymous", options.PublicReading ? Reader : [], null, null, key), null);
    }

    /// <summary>From this machine, asking for this machine by name, and not handed on by a proxy for somebody else.</summary>
    public static bool IsLocal(HttpContext context)
    {
        var headers = context.Request.Headers;
        var host = context.Request.Host.Host;
        return context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
            && (host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var named) && IPAddress.IsLoopback(named)))
            && !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Real-IP");
    }

    /// <summary>What calls of an address are counted by; an IPv6 caller has a whole /64 to itself.</summary>
    public static string KeyOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetworkV6 ? $"{Convert.ToHexStringLower(plain.GetAddressBytes().AsSpan(0, 8))}::/64" : plain.ToString();
    }

    private static bool IsOwnSite(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
        {
            return false;
        }

        // Browsers too old for that header still send Origin with everything that changes something.
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private async Task<(Caller? Caller, string? Refusal)> CheckAsync(string text, CallerKind kind, CancellationToken ct)
    {
        if (!TokenText.TryParse(text, out var token))
        {
            return (null, "The token is not of the form etdb_…; give it whole, without quotes.");
        }

        var answer = await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Check(token.Id, token.Hash).WaitAsync(GrainLimit, time, ct);
        if (answer.Token is not { } found)
        {
            return (null, answer.Verdict switch
            {
                TokenVerdict.Expired => "The token's time is over; ask an admin for another ('etdb token create'), or sign in again.",
                TokenVerdict.Revoked => "The token was revoked; ask an admin for another.",
                _ => "The token is not known here; is it one of this cluster, given whole?",
            });
        }

        var grants = found.Grants.Select(g => Grant.TryParse(g, out var grant, out _) ? grant : null).OfType<Grant>().ToList();
        return (new Caller(kind, found.Name, grants, found.Id, found.ExpiresAt, "token " + found.Id), null);
    }
}
