using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>
/// Who may call what. With no authorizations configured, whoever reaches the port may call everything; else a secret opens the path prefixes
/// listed with it and <c>/api/v0/version</c> is open to all, as in Kubo. Calls that a foreign web page makes a browser send are refused always.
/// </summary>
internal sealed class RpcGuard(EmbeddedNodeOptions options)
{
    private const string OpenPath = "/api/v0/version";

    /// <summary>Refuses options that would open the RPC to the network without a secret.</summary>
    public static void Validate(EmbeddedNodeOptions options)
    {
        if (!IPAddress.IsLoopback(options.ApiAddress) && options.Authorizations.Count == 0)
        {
            throw new ArgumentException($"ApiAddress is {options.ApiAddress}, which others can reach, and Authorizations is empty: name at least one secret or listen on 127.0.0.1", nameof(options));
        }

        foreach (var authorization in options.Authorizations)
        {
            if (HeaderOf(authorization.Secret) is null || authorization.AllowedPaths.Count == 0)
            {
                throw new ArgumentException($"authorization '{authorization.Name}' needs a secret (bearer:TOKEN or basic:USER:PASSWORD) and at least one path", nameof(options));
            }
        }
    }

    /// <summary>Null when the call may go on, else the status to refuse it with.</summary>
    public int? Refuse(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method))
        {
            return StatusCodes.Status405MethodNotAllowed;
        }

        if (request.Headers.Origin.Count > 0 || request.Headers.Referer.Count > 0)
        {
            return StatusCodes.Status403Forbidden; // no page is served that would call this
        }

        var path = request.Path.Value ?? string.Empty;
        if (options.Authorizations.Count == 0 || path == OpenPath)
        {
            return null;
        }

        var given = Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString());
        foreach (var authorization in options.Authorizations)
        {
            var expected = Encoding.UTF8.GetBytes(HeaderOf(authorization.Secret)!);
            if (CryptographicOperations.FixedTimeEquals(given, expected) && authorization.AllowedPaths.Any(prefix => Covers(prefix, path)))
            {
                return null;
            }
        }

        return StatusCodes.Status403Forbidden;
    }

    /// <summary>A prefix covers whole segments: <c>/api/v0/pin</c> does not open <c>/api/v0/pinned</c>.</summary>
    private static bool Covers(string prefix, string path)
    {
        var trimmed = prefix.TrimEnd('/');
        return path == trimmed || path.StartsWith(trimmed + "/", StringComparison.Ordinal);
    }

    /// <summary>The header that proves a secret; null when the secret has no known form. A bare word is a bearer token, as in Kubo.</summary>
    private static string? HeaderOf(string secret)
    {
        var colon = secret.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? "bearer" : secret[..colon]) switch
        {
            _ when secret.Length == 0 || colon == secret.Length - 1 => null,
            "bearer" => "Bearer " + secret[(colon + 1)..],
            "basic" => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(secret[(colon + 1)..])),
            _ => null,
        };
    }
}
