using System.Xml.Linq;

namespace Etdb.Architecture.Tests;

/// <summary>Arrows point inward only: decide ← do ← host.</summary>
public sealed class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Etdb.Domain"] = [],
        ["Etdb.Orleans.Embedded"] = [],
        ["Etdb.Dashboard"] = [],
        ["Etdb.Ledger"] = ["Etdb.Domain"],
        ["Etdb.Ipfs"] = ["Etdb.Domain"],
        ["Etdb.Storage"] = ["Etdb.Domain", "Etdb.Orleans.Embedded"],
        ["Etdb.Grains"] = ["Etdb.Domain", "Etdb.Storage", "Etdb.Orleans.Embedded"],
        ["Etdb.Silo"] = ["Etdb.Domain", "Etdb.Ledger", "Etdb.Ipfs", "Etdb.Storage", "Etdb.Grains", "Etdb.Dashboard", "Etdb.Orleans.Embedded"],
        ["Etdb.Cli"] = ["Etdb.Silo", "Etdb.Simulation"],
    };

    [Fact]
    public void Projects_reference_only_rings_further_in()
    {
        var wrong = Projects().SelectMany(p => References(p.Path, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')))
            .Where(r => !Allowed[p.Name].Contains(r)).Select(r => $"{p.Name} -> {r}")).ToList();
        Assert.True(wrong.Count == 0, "Arrows that point outward: " + string.Join(", ", wrong));
    }

    [Fact]
    public void The_deciding_ring_has_no_packages()
    {
        var domain = Projects().Single(p => p.Name == "Etdb.Domain");
        Assert.Empty(References(domain.Path, "PackageReference"));
    }

    [Fact]
    public void Every_project_is_known_to_this_test() => Assert.Equal(Allowed.Keys.Order(), Projects().Select(p => p.Name).Order());

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Etdb.Orleans.sln")).Replace('\\', '/');
        var missing = Repository.Files("src", ".csproj").Concat(Repository.Files("tests", ".csproj")).Concat(Repository.Files("bench", ".csproj"))
            .Select(Repository.Relative).Where(p => !solution.Contains(p, StringComparison.Ordinal)).ToList();
        Assert.True(missing.Count == 0, "Not in Etdb.Orleans.sln: " + string.Join(", ", missing));
    }

    private static IEnumerable<(string Name, string Path)> Projects() => Repository.Files("src", ".csproj").Select(p => (Path.GetFileNameWithoutExtension(p), p));

    private static IEnumerable<string> References(string project, string kind)
        => XDocument.Load(project).Descendants(kind).Select(e => e.Attribute("Include")?.Value).OfType<string>();
}
