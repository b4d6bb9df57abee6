using System.Text.RegularExpressions;

namespace Etdb.Architecture.Tests;

/// <summary>Rules of style that a compiler does not check, read from the source text.</summary>
public sealed partial class SourceTidyTests
{
    private const int MostLines = 400;
    private const int MostColumns = 220;

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
        => Nothing(Code().Select(f => (f.Name, Lines: f.Text.Count(c => c == '\n'))).Where(f => f.Lines > MostLines).Select(f => $"{f.Name} ({f.Lines} lines)"));

    [Fact]
    public void No_line_is_too_long_to_read()
        => Nothing(Code().SelectMany(f => f.Text.Split('\n').Select((line, i) => (f.Name, i, line.Length))).Where(l => l.Length > MostColumns).Select(l => $"{l.Name}:{l.i + 1} ({l.Length} columns)"));

    [Fact]
    public void Nothing_is_left_undone_in_the_code()
        => Nothing(Code().Where(f => !f.Name.StartsWith("tests/Etdb.Architecture.Tests", StringComparison.Ordinal)).SelectMany(f => Undone().Matches(f.Text).Select(m => $"{f.Name}: {m.Value}")));

    [Fact]
    public void Namespaces_follow_folders()
    {
        var wrong = new List<string>();
        foreach (var (name, text) in Code().Where(f => f.Name.StartsWith("src/", StringComparison.Ordinal) && !f.Name.StartsWith("src/Etdb.Orleans.Embedded/", StringComparison.Ordinal)))
        {
            var declared = NamespaceLine().Match(text);
            var expected = Path.GetDirectoryName(name)!["src/".Length..].Replace('/', '.');
            if (declared.Success && declared.Groups[1].Value != expected && !(declared.Groups[1].Value + ".").StartsWith("Orleans.", StringComparison.Ordinal))
            {
                wrong.Add($"{name}: namespace {declared.Groups[1].Value}, folder says {expected}");
            }
        }

        Nothing(wrong);
    }

    [Fact]
    public void Public_types_of_src_say_what_they_guarantee()
    {
        var wrong = new List<string>();
        foreach (var (name, text) in Code().Where(f => f.Name.StartsWith("src/", StringComparison.Ordinal) && f.Name.EndsWith(".cs", StringComparison.Ordinal)))
        {
            var lines = text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                if (PublicType().Match(lines[i]) is { Success: true } type && !HasDocumentation(lines, i) && !(type.Value.Contains("partial") && Path.GetFileName(name).Split('.').Length > 2))
                {
                    wrong.Add($"{name}:{i + 1} {type.Groups[1].Value}");
                }
            }
        }

        Nothing(wrong);
    }

    [Fact]
    public void No_file_names_a_package_registry()
    {
        var registries = Registry();
        var files = new[] { "src", "tests", "bench", "eng", "docs", "config" }.Where(d => Directory.Exists(Path.Combine(Repository.Root, d)))
            .SelectMany(d => Repository.Files(d, ".json", ".cs", ".ts", ".tsx", ".md", ".sh", ".props", ".csproj", ".npmrc", ".mjs"));
        Nothing(files.Where(f => registries.IsMatch(File.ReadAllText(f))).Select(Repository.Relative));
    }

    private static bool HasDocumentation(string[] lines, int at)
    {
        for (var i = at - 1; i >= 0; i--)
        {
            var line = lines[i].Trim();
            if (line.StartsWith("///", StringComparison.Ordinal))
            {
                return true;
            }

            if (!line.StartsWith('[') && !line.EndsWith(']'))
            {
                return false;
            }
        }

        return false;
    }

    private static IEnumerable<(string Name, string Text)> Code()
        => new[] { "src", "tests", "bench" }.SelectMany(d => Repository.Files(d, ".cs", ".ts", ".tsx")).Select(f => (Repository.Relative(f), File.ReadAllText(f)));

    private static void Nothing(IEnumerable<string> wrong)
    {
        var list = wrong.ToList();
        Assert.True(list.Count == 0, string.Join('\n', list));
    }

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|throw new NotImplementedException")]
    private static partial Regex Undone();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^public (?:(?:sealed|static|abstract|partial|readonly|unsafe|ref) )*(?:class|record|struct|interface|enum|record struct|delegate \S+) (\w+)")]
    private static partial Regex PublicType();

    [GeneratedRegex(@"https?://(?:registry\.npm|api\.nuget|[\w.-]*\bregistry\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Registry();
}
