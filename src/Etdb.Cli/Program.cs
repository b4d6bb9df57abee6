using System.CommandLine;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli;

/// <summary>The <c>etdb</c> command.</summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        var root = BuildRoot();
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            var first = parsed.Errors[0].Message.ReplaceLineEndings(" ");
            var path = string.Join(' ', Path(parsed.CommandResult.Command));
            await Console.Error.WriteLineAsync($"etdb: {first} Type '{path} --help' for what it takes.");
            return CliExit.BadInput;
        }

        return await parsed.InvokeAsync();
    }

    /// <summary>Every command, as one tree.</summary>
    public static RootCommand BuildRoot()
    {
        var root = new RootCommand("Keeps research datasets alive: a replication and seeding cluster over institutional IPFS nodes, reconciled with the FLO ledger.")
        {
            CommandExtensions.JsonOption,
        };
        ExampleHelp.Install(root);
        return root;
    }

    private static IEnumerable<string> Path(Command command)
    {
        var names = new Stack<string>();
        for (var at = (Symbol?)command; at is Command c; at = c.Parents.FirstOrDefault(p => p is Command))
        {
            names.Push(c is RootCommand ? "etdb" : c.Name);
        }

        return names;
    }
}
