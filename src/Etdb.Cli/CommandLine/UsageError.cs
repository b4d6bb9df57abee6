using System.CommandLine;

namespace Etdb.Cli.CommandLine;

/// <summary>What is wrong with a command line, in one line: the word that is not known and the one that was probably meant, else what the parser says.</summary>
public static class UsageError
{
    /// <summary>A word further than this from a known one (in single letters) is not guessed at.</summary>
    private const int FarthestGuess = 2;

    /// <summary>The line for standard error.</summary>
    public static string Describe(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        var command = parsed.CommandResult.Command;
        var path = PathOf(command);
        var help = $"Type '{path} --help' for what it takes.";
        if (parsed.UnmatchedTokens.Count == 0)
        {
            return $"etdb: {parsed.Errors[0].Message.ReplaceLineEndings(" ")} {help}";
        }

        var word = parsed.UnmatchedTokens[0];
        var kind = word.StartsWith('-') ? "an option" : command.Subcommands.Count > 0 ? "a command" : "an argument";
        var guess = Nearest(word, command) is { } near ? $" Did you mean '{near}'?" : string.Empty;
        return $"etdb: '{word}' is not {kind} of '{path}'.{guess} {help}";
    }

    /// <summary>A command as one types it.</summary>
    public static string PathOf(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var names = new Stack<string>();
        for (var at = (Symbol?)command; at is Command c; at = c.Parents.FirstOrDefault(p => p is Command))
        {
            names.Push(c is RootCommand ? "etdb" : c.Name);
        }

        return string.Join(' ', names);
    }

    private static string? Nearest(string word, Command command)
    {
        var known = word.StartsWith('-') ? command.Options.Select(o => o.Name) : command.Subcommands.Select(c => c.Name);
        return known.Select(k => (Name: k, Steps: Distance(word, k))).Where(k => k.Steps <= FarthestGuess).OrderBy(k => k.Steps).Select(k => k.Name).FirstOrDefault();
    }

    /// <summary>Letters to insert, remove or change (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
