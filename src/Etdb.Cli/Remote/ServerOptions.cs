using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Remote;

/// <summary>Which running silo a command speaks to: <c>--server</c> or <c>ETDB_SERVER</c>, <c>--token</c> or <c>ETDB_TOKEN</c>.</summary>
internal static class ServerOptions
{
    private const string DefaultServer = "http://127.0.0.1:8420";

    public static Option<string?> Server { get; } = new("--server") { Description = $"Base address of the silo; default ETDB_SERVER, else {DefaultServer}." };

    public static Option<string?> Token { get; } = new("--token") { Description = "Access token; default ETDB_TOKEN." };

    /// <summary>Adds both options.</summary>
    public static T WithServer<T>(this T command)
        where T : Command
    {
        command.Options.Add(Server);
        command.Options.Add(Token);
        return command;
    }

    /// <summary>The client the options ask for.</summary>
    public static SiloClient Client(ParseResult result)
    {
        var server = result.GetValue(Server) ?? Environment.GetEnvironmentVariable("ETDB_SERVER") ?? DefaultServer;
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new CliException($"'{server}' is not a server address; give one like {DefaultServer} with --server.");
        }

        return new SiloClient(address, result.GetValue(Token) ?? Environment.GetEnvironmentVariable("ETDB_TOKEN"));
    }
}
