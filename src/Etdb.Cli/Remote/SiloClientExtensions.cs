using Etdb.Cli.CommandLine;
using Etdb.Silo.Api;

namespace Etdb.Cli.Remote;

/// <summary>Calls that most commands about a cluster make.</summary>
internal static class SiloClientExtensions
{
    /// <summary>Reads a document that every silo of this version has.</summary>
    public static async Task<T> NeedAsync<T>(this SiloClient client, string path, CancellationToken cancellationToken)
        where T : class
        => await client.GetAsync<T>(path, cancellationToken) ?? throw new CliException($"the server has no /api/v1/{path}; is it an etdb silo of this version?");

    /// <summary>Reads or posts about a node; an unknown one is told with those there are.</summary>
    public static async Task<CliException> NoSuchNodeAsync(this SiloClient client, string node, CancellationToken cancellationToken)
    {
        var known = await client.NeedAsync<Listing<NodeView>>("nodes", cancellationToken);
        return new CliException($"there is no node '{node}'; there are: {string.Join(", ", known.Items.Select(n => n.Id))}.");
    }
}
