using System.Reflection;
using System.Text.Json;
using Microsoft.Playwright;

namespace Etdb.Browser.Tests.Support;

/// <summary>Runs axe-core, as installed by the front-end's own lock file, in a page.</summary>
internal static class AxeCore
{
    private const string Script = "src/Etdb.Dashboard/ClientApp/node_modules/axe-core/axe.min.js";

    private const string Run = """
        async () => {
          const result = await axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
          return JSON.stringify(result.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`));
        }
        """;

    public static string Read()
    {
        var path = Path.Combine(Repository(), Script);
        Assert.SkipUnless(File.Exists(path), $"{Script} is missing; build Etdb.Dashboard with its front-end first.");
        return File.ReadAllText(path);
    }

    /// <summary>The violations, one line each.</summary>
    public static async Task<string[]> CheckAsync(IPage page, string axe)
    {
        await page.EvaluateAsync($"{axe};undefined");
        return JsonSerializer.Deserialize<string[]>(await page.EvaluateAsync<string>(Run)) ?? [];
    }

    /// <summary>The folder with the solution, above the test's own output.</summary>
    public static string Repository()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Etdb.Orleans.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
