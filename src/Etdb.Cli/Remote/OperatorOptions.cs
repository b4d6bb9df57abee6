using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Remote;

/// <summary>Who acts, and why: every override bears both, and the evidence log keeps them.</summary>
internal static class OperatorOptions
{
    public static Option<string> Reason { get; } = new("--reason") { Description = "Why; kept in the evidence log.", Required = true };

    /// <summary>The reason where it may be left out, as nothing is overridden by looking.</summary>
    public static Option<string> ReasonOrDefault { get; } = new("--reason") { Description = "Why; kept in the evidence log.", DefaultValueFactory = _ => "asked for by hand" };

    public static Option<string?> Author { get; } = new("--author") { Description = "Who; default the name of the user of this machine." };

    /// <summary>Adds the server, author and reason.</summary>
    public static T WithOperator<T>(this T command, Option<string>? reason = null)
        where T : Command
    {
        command.WithServer();
        command.Options.Add(reason ?? Reason);
        command.Options.Add(Author);
        return command;
    }

    /// <summary>Who acts.</summary>
    public static string AuthorOf(ParseResult result)
        => result.GetValue(Author) ?? (Environment.UserName is { Length: > 0 } name ? name : throw new CliException("this machine does not say who you are; name yourself with --author."));
}
