using System.Security.Cryptography.X509Certificates;
using Etdb.Domain.Membership;
using Etdb.Ipfs.Fetch;

namespace Etdb.Silo.Security;

/// <summary>Which addresses of members' nodes may be called, and whose certificates are believed (section <c>Nodes</c>).</summary>
public sealed class NodesOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Nodes";

    /// <summary>Networks (CIDR) that may be called besides public addresses, such as a VPN's: <c>["10.8.0.0/16"]</c>. <c>127.0.0.0/8</c> and <c>::1/128</c> allow nodes on this machine. Default none.</summary>
    public IReadOnlyList<string> AllowedNetworks { get; set; } = [];

    /// <summary>
    /// PEM file with the authorities, or self-signed certificates, of members' nodes whose <c>https</c> this machine does not trust by itself. They are
    /// believed beside those of the machine, and only by calls to nodes. Read at the start. Default none.
    /// </summary>
    public string? AuthorityFile { get; set; }

    /// <exception cref="FormatException">The file cannot be read, or holds no certificate.</exception>
    internal X509Certificate2Collection? Authorities() => string.IsNullOrWhiteSpace(AuthorityFile) ? null : TlsTrust.LoadBesideMachine(AuthorityFile);

    internal NodeAddressPolicy Policy() => NodeAddressPolicy.TryParse(AllowedNetworks, out var policy, out var wrong)
        ? policy
        : throw new InvalidOperationException($"Nodes:AllowedNetworks holds '{wrong}', which is no network.");

    internal IEnumerable<string> Problems()
    {
        if (!NodeAddressPolicy.TryParse(AllowedNetworks, out _, out var wrong))
        {
            yield return $"Nodes:AllowedNetworks holds '{wrong}'; give networks such as 10.8.0.0/16.";
        }

        if (AuthorityProblem() is { } problem)
        {
            yield return problem;
        }
    }

    private string? AuthorityProblem()
    {
        try
        {
            _ = string.IsNullOrWhiteSpace(AuthorityFile) ? null : TlsTrust.Load(AuthorityFile);
            return null;
        }
        catch (FormatException e)
        {
            return $"Nodes:AuthorityFile: {e.Message.TrimEnd('.')}. Name a PEM file, readable for the silo, with the certificate of the authority that signed the nodes' certificates, or remove the key.";
        }
    }
}
