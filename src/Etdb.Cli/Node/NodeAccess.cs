using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Node;

namespace Etdb.Cli.Node;

/// <summary>The options that say which node is meant, and a client of it.</summary>
internal sealed class NodeAccess
{
    private readonly Option<string> _data = NodeCommands.DataOption();
    private readonly Option<string?> _url = new("--node") { Description = "RPC of a running node, e.g. http://127.0.0.1:5001; without it, the node of --data." };
    private readonly Option<string?> _token = TokenOption();
    private readonly Option<string?> _authorities = AuthoritiesOption();

    public static Option<string?> TokenOption() => new("--node-token")
    {
        Description = "Bearer token of the node's RPC.",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("ETDB_NODE_TOKEN"),
    };

    public static Option<string?> AuthoritiesOption() => new("--node-ca")
    {
        Description = "PEM file of who may vouch for the node's https certificate (its own, or an authority's); without it, the machine's authorities.",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("ETDB_NODE_CA"),
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_url);
        command.Options.Add(_token);
        command.Options.Add(_authorities);
    }

    /// <summary>Options of the node of <c>--data</c>; null when <c>--node</c> was given.</summary>
    public EmbeddedNodeOptions? Local(ParseResult result) => result.GetValue(_url) is null ? NodeConfigFile.Load(result.GetValue(_data)!) : null;

    /// <summary>A client of the running node.</summary>
    public RemoteNode Connect(ParseResult result, HttpClient http)
    {
        var local = Local(result);
        var url = local is null ? ParseUrl(result.GetValue(_url)!) : new Uri($"http://{local.ApiAddress}:{local.ApiPort}");
        var secret = result.GetValue(_token) is { Length: > 0 } token ? "Bearer " + token : local is null ? null : FirstSecret(local);
        return new RemoteNode(http, new KuboEndpoint(url, null, secret), new KuboClientOptions());
    }

    public static Uri ParseUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        ? url
        : throw new CliException($"--node is '{text}', expected the address of a node's RPC such as http://127.0.0.1:5001");

    public static HttpClient NewHttp(string? authorities) => HttpPool.Create(TimeSpan.FromSeconds(10), authorities is { Length: > 0 } ? TlsTrust.Load(authorities) : null);

    public HttpClient NewHttp(ParseResult result) => NewHttp(result.GetValue(_authorities));

    /// <summary>Whoever may read node.json may use what is in it.</summary>
    private static string? FirstSecret(EmbeddedNodeOptions local) =>
        local.Authorizations.FirstOrDefault(static a => a.Secret.StartsWith("bearer:", StringComparison.Ordinal) && a.AllowedPaths.Contains("/api/v0", StringComparer.Ordinal)) is { } found
            ? "Bearer " + found.Secret["bearer:".Length..]
            : null;
}
