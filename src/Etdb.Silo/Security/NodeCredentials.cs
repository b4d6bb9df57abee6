using Etdb.Grains.Ports;

namespace Etdb.Silo.Security;

/// <summary>
/// The credentials of members' nodes: sealed wherever they are kept or sent between grains, opened only where a call to the node is made. Each is
/// bound to the address it is for, so that whoever could change a stored address would not be sent the credential.
/// </summary>
public sealed class NodeCredentials(ClusterSecrets secrets)
{
    private const int MostCharacters = 4_096;

    /// <summary>Seals the value of an Authorization header for the RPC at that address.</summary>
    public string Seal(string authorization, string rpc) => secrets.Seal(authorization, Purpose(rpc));

    /// <summary>The value of the Authorization header; null when the node needs none.</summary>
    public string? Open(NodeEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.Authorization is null ? null : secrets.Open(endpoint.Authorization, Purpose(endpoint.Rpc));
    }

    /// <summary>
    /// The header for what an operator gives: <c>bearer:TOKEN</c>, <c>basic:USER:PASSWORD</c> (as Kubo's configuration has them), or a whole header
    /// value. Null when it cannot be one.
    /// </summary>
    public static string? HeaderOf(string? text)
    {
        var given = text?.Trim() ?? "";
        if (given.Length is 0 or > MostCharacters || given.Any(c => c is < ' ' or > '~'))
        {
            return null;
        }

        return given switch
        {
            _ when given.StartsWith("bearer:", StringComparison.OrdinalIgnoreCase) => "Bearer " + given[7..],
            _ when given.StartsWith("basic:", StringComparison.OrdinalIgnoreCase) => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(given[6..])),
            _ when given.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || given.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) => given,
            _ when given.Contains(' ', StringComparison.Ordinal) => null,
            _ => "Bearer " + given,
        };
    }

    private static string Purpose(string rpc) => "node " + new Uri(rpc).GetLeftPart(UriPartial.Authority).ToLowerInvariant();
}
