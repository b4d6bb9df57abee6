using System.Globalization;
using System.Reflection;

namespace Etdb.Storage.Sql;

/// <summary>The numbered, forward-only scripts of one area for one database: <c>Migrations/&lt;database&gt;/&lt;area&gt;_NNNN.sql</c>. Published ones are never edited.</summary>
internal static class MigrationScripts
{
    /// <summary>Database folder of SQLite.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>Database folder of PostgreSQL.</summary>
    public const string Postgres = "postgres";

    /// <summary>All of them, 1, 2, 3 …</summary>
    public static IReadOnlyList<(int Number, string Sql)> Of(string database, string area)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"Etdb.Storage.Migrations.{database}/{area}_";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => (int.Parse(name.AsSpan(prefix.Length, 4), NumberStyles.None, CultureInfo.InvariantCulture), Read(assembly, name)))
            .OrderBy(script => script.Item1)];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
