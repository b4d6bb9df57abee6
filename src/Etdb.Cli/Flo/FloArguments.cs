using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo;

namespace Etdb.Cli.Flo;

/// <summary>What several <c>flo</c> commands take: a network, hex or a file, a message or a file.</summary>
internal static class FloArguments
{
    /// <summary>Largest file read: a block of 4 MB in hex, and room.</summary>
    private const long MaxFileBytes = 64 << 20;

    public static Option<string?> Network() => new("--network") { Description = "main, test, regtest or development. Default: main, or whichever the address is of." };

    /// <summary>The network that was named; null when none was.</summary>
    public static FloNetwork? ReadNetwork(ParseResult result, Option<string?> option) => result.GetValue(option) is not { } name
        ? null
        : FloNetwork.Find(name) ?? throw new CliException($"--network '{name}' is unknown; use main, test, regtest or development.");

    /// <summary>Bytes from hex on the command line, or from <c>@FILE</c> that holds hex or the bytes themselves.</summary>
    public static byte[] ReadHex(string argument, string what)
    {
        var isFile = argument.StartsWith('@');
        var content = isFile ? ReadFile(argument[1..]) : System.Text.Encoding.UTF8.GetBytes(argument);
        var text = new string([.. content.Select(b => (char)b).Where(c => !char.IsWhiteSpace(c))]);
        if (text.Length > 0 && text.All(char.IsAsciiHexDigit))
        {
            return text.Length % 2 == 0 ? Convert.FromHexString(text) : throw new CliException($"{what} has an odd number of hex digits ({text.Length}).");
        }

        return isFile && content.Length > 0 ? content : throw new CliException($"{what} must be hex digits, or @FILE with hex or the bytes themselves.");
    }

    /// <summary>A message's bytes: the text as UTF-8, or the content of <c>@FILE</c> as it is.</summary>
    public static byte[] ReadMessage(string argument) => argument.StartsWith('@') ? ReadFile(argument[1..]) : System.Text.Encoding.UTF8.GetBytes(argument);

    /// <summary>Runs a parser and says what its input was when it fails.</summary>
    public static T Parse<T>(string what, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (FormatException e)
        {
            throw new CliException($"{what} cannot be read: {e.Message}", e);
        }
    }

    private static byte[] ReadFile(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new CliException($"There is no file {path}.");
        }

        return file.Length <= MaxFileBytes ? File.ReadAllBytes(path) : throw new CliException($"{path} has {file.Length} bytes; at most {MaxFileBytes} are read.");
    }
}
