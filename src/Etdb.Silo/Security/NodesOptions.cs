using Etdb.Domain.Membership;

namespace Etdb.Silo.Security;

/// <summary>Which addresses of members' nodes may be called (section <c>Nodes</c>).</summary>
public sealed class NodesOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Nodes";

    /// <summary>Networks (CIDR) that may be called besides public addresses, such as a VPN's: <c>["10.8.0.0/16"]</c>. <c>127.0.0.0/8</c> and <c>::1/128</c> allow nodes on this machine. Default none.</summary>
    public IReadOnlyList<string> AllowedNetworks { get; set; } = [];

    internal NodeAddressPolicy Policy() => NodeAddressPolicy.TryParse(AllowedNetworks, out var policy, out var wrong)
        ? policy
        : throw new InvalidOperationException($"Nodes:AllowedNetworks holds '{wrong}', which is no network.");

    internal IEnumerable<string> Problems()
    {
        if (!NodeAddressPolicy.TryParse(AllowedNetworks, out _, out var wrong))
        {
            yield return $"Nodes:AllowedNetworks holds '{wrong}'; give networks such as 10.8.0.0/16.";
        }
    }
}
