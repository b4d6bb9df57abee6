using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Silo.Security;

namespace Etdb.Cli.Remote;

/// <summary>Which running silo a command speaks to: <c>--server</c> or <c>ETDB_SERVER</c>, <c>--token</c>, <c>--token-file</c>, <c>ETDB_TOKEN</c>, <c>ETDB_TOKEN_FILE</c> or what <c>etdb login</c> keeps.</summary>
internal static class ServerOptions
{
    private const string DefaultServer = "http://127.0.0.1:8420";

    public static Option<string?> Server { get; } = new("--server") { Description = $"Base address of the silo; default ETDB_SERVER, else {DefaultServer}." };

    public static Option<string?> Token { get; } = new("--token") { Description = "Access token; default ETDB_TOKEN, else what 'etdb login' keeps." };

    public static Option<FileInfo?> TokenFile { get; } = new("--token-file") { Description = "File with the access token; default ETDB_TOKEN_FILE.", HelpName = "FILE" };

    /// <summary>Adds the options.</summary>
    public static T WithServer<T>(this T command)
        where T : Command
    {
        command.Options.Add(Server);
        command.Options.Add(Token);
        command.Options.Add(TokenFile);
        return command;
    }

    /// <summary>The client the options ask for.</summary>
    public static SiloClient Client(ParseResult result)
    {
        var address = Address(result);
        return new SiloClient(address, TokenOf(result) ?? StoredTokens.Find(address));
    }

    /// <summary>The token that was given, by option, file or environment; null when none was.</summary>
    public static string? TokenOf(ParseResult result)
    {
        if (result.GetValue(Token) is { Length: > 0 } given)
        {
            return given;
        }

        var file = result.GetValue(TokenFile)?.FullName ?? (Environment.GetEnvironmentVariable("ETDB_TOKEN") is { Length: > 0 } ? null : Environment.GetEnvironmentVariable("ETDB_TOKEN_FILE"));
        return file is { Length: > 0 } ? SecretFiles.Read(file) : Environment.GetEnvironmentVariable("ETDB_TOKEN") is { Length: > 0 } set ? set : null;
    }

    /// <summary>The silo that is meant.</summary>
    public static Uri Address(ParseResult result)
    {
        var server = result.GetValue(Server) ?? Environment.GetEnvironmentVariable("ETDB_SERVER") ?? DefaultServer;
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw new CliException($"'{server}' is not a server address; give one like {DefaultServer} with --server.");
        }

        return address;
    }
}
