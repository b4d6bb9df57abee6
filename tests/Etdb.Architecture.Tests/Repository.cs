using System.Runtime.CompilerServices;

namespace Etdb.Architecture.Tests;

/// <summary>The source tree these tests read.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>Source files with the given ending, without what builds and package managers make.</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Where(path => endings.Any(e => path.EndsWith(e, StringComparison.Ordinal)))
            .Where(path => !Relative(path).Split('/').Any(part => part is "node_modules" or "dist" or "bin" or "obj" or "artifacts"))
            .Order(StringComparer.Ordinal);

    /// <summary>A path as shown in messages.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string Find([CallerFilePath] string here = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Etdb.Orleans.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("Etdb.Orleans.sln was not found above the test's folder.");
    }
}
