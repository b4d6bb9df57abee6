using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Etdb.Cli.CommandLine;

/// <summary>The library's help, followed by the command's examples.</summary>
internal sealed class ExampleHelp(HelpAction inner) : SynchronousCommandLineAction
{
    /// <summary>Help is wanted most where something required is still missing.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = inner.Invoke(parseResult);
        var examples = CommandExtensions.ExamplesOf(parseResult.CommandResult.Command);
        if (examples.Count > 0)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in examples)
            {
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }

        return code;
    }

    /// <summary>Replaces the help of <paramref name="root"/> and all below it.</summary>
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction help)
            {
                option.Action = new ExampleHelp(help);
            }
        }
    }
}
