using System.CommandLine;
using Etdb.Cli;
using Etdb.Cli.CommandLine;

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

    [Theory]
    [InlineData("etdb: 'statsu' is not a command of 'etdb'. Did you mean 'status'? Type 'etdb --help' for what it takes.", "statsu")]
    [InlineData("etdb: 'frobnicate' is not a command of 'etdb flo'. Type 'etdb flo --help' for what it takes.", "flo", "frobnicate")]
    [InlineData("etdb: '--onec' is not an option of 'etdb demo'. Did you mean '--once'? Type 'etdb demo --help' for what it takes.", "demo", "--onec")]
    [InlineData("etdb: 'more' is not an argument of 'etdb flo address'. Type 'etdb flo address --help' for what it takes.", "flo", "address", "F1", "more")]
    public void A_word_that_is_not_known_is_named_and_the_nearest_offered(string said, params string[] line) =>
        Assert.Equal(said, UsageError.Describe(Program.BuildRoot().Parse(line)));

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
