using System.CommandLine;
using Etdb.Cli;

namespace Etdb.Integration.Tests.Operators;

/// <summary>docs/reference/commands.md and the tree of commands name the same things, and each of them has help.</summary>
public sealed class CommandsPageTests
{
    [Fact]
    public void Every_command_is_on_the_page()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs/reference/commands.md"));
        Assert.Equal([], Leaves().Where(path => !path.Skip(1).All(name => page.Contains(name, StringComparison.Ordinal))).Select(path => string.Join(' ', path)));
        Assert.Equal([], Program.BuildRoot().Subcommands.Where(c => !page.Contains($"`etdb {c.Name}", StringComparison.Ordinal)).Select(c => c.Name));
    }

    [Fact]
    public void Every_command_helps_although_what_it_requires_is_missing()
    {
        foreach (var path in Leaves())
        {
            var output = new StringWriter();
            var code = Program.BuildRoot().Parse([.. path.Skip(1), "--help"]).Invoke(new InvocationConfiguration { Output = output, Error = output });
            Assert.True(code == 0, $"{string.Join(' ', path)} --help ended with {code}: {output}");
            Assert.Contains("Usage:", output.ToString(), StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string[]> Leaves()
    {
        var open = new Stack<(Command Command, string[] Path)>([(Program.BuildRoot(), ["etdb"])]);
        while (open.TryPop(out var at))
        {
            if (at.Command.Subcommands.Count == 0)
            {
                yield return at.Path;
            }

            foreach (var below in at.Command.Subcommands)
            {
                open.Push((below, [.. at.Path, below.Name]));
            }
        }
    }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Etdb.Orleans.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The repository was not found above the test.");
    }
}
