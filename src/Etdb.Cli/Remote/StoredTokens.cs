using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Silo.Security;

namespace Etdb.Cli.Remote;

/// <summary>
/// Tokens that <c>etdb login</c> keeps, by server, in <c>~/.config/etdb/tokens.json</c> (or <c>ETDB_CONFIG</c>): readable by the user alone, written
/// whole or not at all.
/// </summary>
internal static class StoredTokens
{
    private const int MostServers = 1_000;

    private static string FilePath => Path.Combine(
        Environment.GetEnvironmentVariable("ETDB_CONFIG") is { Length: > 0 } given ? given : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData,
            Environment.SpecialFolderOption.DoNotVerify), "etdb"),
        "tokens.json");

    /// <summary>The token kept for that server; null when there is none.</summary>
    public static string? Find(Uri server) => ReadAll().GetValueOrDefault(Key(server));

    /// <summary>Keeps a token, or with null forgets it.</summary>
    public static void Keep(Uri server, string? token)
    {
        var all = ReadAll();
        all.Remove(Key(server));
        if (token is not null && all.Count < MostServers)
        {
            all[Key(server)] = token;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        SecretFiles.Write(FilePath, JsonSerializer.Serialize(all));
    }

    private static Dictionary<string, string> ReadAll()
    {
        if (!File.Exists(FilePath))
        {
            return new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        }

        try
        {
            return new Dictionary<string, string>(JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(FilePath)) ?? [], StringComparer.OrdinalIgnoreCase);
        }
        catch (JsonException e)
        {
            throw new CliException($"'{FilePath}' is not what 'etdb login' writes; delete it and sign in again.", e);
        }
    }

    private static string Key(Uri server) => server.GetLeftPart(UriPartial.Authority);
}
