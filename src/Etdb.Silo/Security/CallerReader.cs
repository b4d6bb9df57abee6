using System.Collections.Concurrent;
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
internal sealed class CallerReader(IGrainFactory grains, AccessOptions options, CallLimits limits, TimeProvider time)
{
    /// <summary>The browser's cookie; never readable by scripts, never sent by other sites.</summary>
    public const string Cookie = "etdb_session";

    private const string Bearer = "Bearer ";
    private static readonly string[] ForwardedBy = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Original-For"]; // The last is what is left of the first when it was believed.
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);
    private static readonly Grant[] Reader = [new(Role.Viewer, null)];
    private static readonly Grant[] Admin = [new(Role.Admin, null)];
    private const int MostKnown = 10_000;
    private readonly ConcurrentDictionary<string, string> _good = new(StringComparer.Ordinal); // Hashes by id, of tokens that held when they were last shown.

    /// <summary>The caller, or why its credential is refused; neither when its address has shown too many wrong ones to look up another.</summary>
    public async Task<(Caller? Caller, string? Refusal)> ReadAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length > 0)
        {
            return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
                ? await CheckAsync(context, header[Bearer.Length..].Trim(), CallerKind.Token)
                : (null, "Only 'Authorization: Bearer etdb_…' is understood.");
        }

        // What another site makes a browser send is nobody's: neither the cookie nor the place it comes from speaks for its user.
        var ownSite = IsOwnSite(context.Request);
        if (ownSite && context.Request.Cookies[Cookie] is { Length: > 0 } cookie)
        {
            var (caller, wrong) = await CheckAsync(context, cookie, CallerKind.Session);
            if (caller is not null)
            {
                return (caller, null);
            }

            _ = wrong is not null && limits.MayFail(context.Connection.RemoteIpAddress); // Counted; who has shown too many is a stranger without being looked up.

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
            && !ForwardedBy.Any(headers.ContainsKey);
    }

    /// <summary>Whether the caller is known by something that may end while it is answered.</summary>
    public static bool IsBearer(HttpContext context) => Caller.Of(context).TokenId is not null;

    /// <summary>Whether what a caller showed when it began still holds, for answers that go on for long.</summary>
    public async Task<bool> HoldsAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var text = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : context.Request.Cookies[Cookie];
        return Caller.Of(context).TokenId is null
            || (TokenText.TryParse(text, out var token) && (await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Check(token.Id, token.Hash).WaitAsync(GrainLimit, time, context.RequestAborted)).Token is not null);
    }

    /// <summary>The network of an IPv6 caller that a provider gives to one customer at most (/48, RFC 6177); null for IPv4.</summary>
    public static string? WiderKeyOf(IPAddress? address)
        => address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } ? $"{Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 6))}::/48" : null;

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

    private async Task<(Caller? Caller, string? Refusal)> CheckAsync(HttpContext context, string text, CallerKind kind)
    {
        if (!TokenText.TryParse(text, out var token))
        {
            return (null, "The token is not of the form etdb_…; give it whole, without quotes.");
        }

        // One grain answers for every token there is: guesses must not keep it from those who have one.
        var isKnown = _good.TryGetValue(token.Id, out var hash) && TokenText.SameHash(hash, token.Hash);
        if (!isKnown && !limits.MayTry(context.Connection.RemoteIpAddress))
        {
            return (null, null);
        }

        var answer = await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Check(token.Id, token.Hash).WaitAsync(GrainLimit, time, context.RequestAborted);
        if (answer.Token is not { } found)
        {
            if (isKnown)
            {
                _good.TryRemove(token.Id, out _);
            }

            return (null, answer.Verdict switch
            {
                TokenVerdict.Expired => "The token's time is over; ask an admin for another ('etdb token create'), or sign in again.",
                TokenVerdict.Revoked => "The token was revoked; ask an admin for another.",
                _ => "The token is not known here; is it one of this cluster, given whole?",
            });
        }

        var grants = found.Grants.Select(g => Grant.TryParse(g, out var grant, out _) ? grant : null).OfType<Grant>().ToList();
        if (!isKnown)
        {
            if (_good.Count >= MostKnown)
            {
                _good.Clear();
            }

            _good[token.Id] = token.Hash;
        }

        // Whoever may make itself as many sessions and proofs as it likes has one limit for all of them.
        return (new Caller(kind, found.Name, grants, found.Id, found.ExpiresAt, found.Kind == TokenKind.Token ? "token " + found.Id : $"{found.Kind} {found.Name}"), null);
    }
}
