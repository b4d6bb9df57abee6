using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Sql;
using Etdb.Storage.Sqlite;
using Etdb.Storage.Tests.Catalogue;
using Etdb.Storage.Tests.Databases;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Storage.Tests.Migrations;

/// <summary>Schemas only go forward: from every earlier one, and never from a later one.</summary>
public abstract class MigrationTests(DatabaseKind kind, PostgresFixture postgres)
{
    /// <summary>SHA-256 of every published script. A published script is never edited; a change is a new number.</summary>
    private static readonly Dictionary<string, string> Published = Hashes();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Folder => kind == DatabaseKind.Sqlite ? MigrationScripts.Sqlite : MigrationScripts.Postgres;

    [Theory]
    [InlineData("grains")]
    [InlineData("catalogue")]
    [InlineData("evidence")]
    public async Task Every_earlier_schema_with_rows_in_it_comes_up_to_date(string area)
    {
        var scripts = MigrationScripts.Of(Folder, area);
        var wanted = await SchemaAsync(area, from: 0);
        for (var version = 1; version < scripts.Count; version++)
        {
            Assert.Equal(wanted, await SchemaAsync(area, from: version));
        }
    }

    [Theory]
    [InlineData("grains")]
    [InlineData("catalogue")]
    [InlineData("evidence")]
    public async Task A_newer_schema_is_refused_and_left_alone(string area)
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await database.MigrateAsync(area);
        await using var connection = await database.ConnectAsync(area);
        await connection.ExecuteAsync($"insert into migration (area, number) values ('{area}', 99)", Ct);
        var failure = await Assert.ThrowsAsync<NewerSchemaException>(() => database.MigrateAsync(area));
        Assert.Contains("99", failure.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silos_that_start_at_the_same_time_migrate_once()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await Task.WhenAll(Enumerable.Range(0, kind == DatabaseKind.Sqlite ? 1 : 6).Select(_ => database.MigrateAsync("catalogue")));
        await using var connection = await database.ConnectAsync("catalogue");
        Assert.Equal(MigrationScripts.Of(Folder, "catalogue").Count, Convert.ToInt32(await connection.ScalarAsync("select count(*) from migration", [], Ct)));
    }

    [Fact]
    public async Task Rows_of_the_first_schema_are_read_by_the_newest()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await ApplyAsync(database, "grains", 1);
        await ApplyAsync(database, "catalogue", 1);
        var (storage, _) = await database.GrainsAsync();
        var state = new GrainState<int>();
        await storage.ReadStateAsync("number", GrainId.Parse("dataset/abc"), state);
        Assert.Equal((42, "7"), (state.State, state.ETag));
        await storage.WriteStateAsync("number", GrainId.Parse("dataset/abc"), state);
        using var catalogue = database.Catalogue(new CatalogueEvents());
        await catalogue.StartAsync(Ct);
        Assert.Equal("An old title", (await catalogue.DatasetAsync(CatalogueFixture.Id(1), Ct))!.Dataset.Title);
        await catalogue.StopAsync(Ct);
    }

    [Fact]
    public void Published_scripts_were_not_edited()
    {
        var known = Published.Where(p => p.Key.StartsWith(Folder + "/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(known);
        foreach (var (name, hash) in known)
        {
            var (area, number) = (name.Split('/')[1].Split('_')[0], int.Parse(name.Split('_')[1]));
            var sql = MigrationScripts.Of(Folder, area).Single(s => s.Number == number).Sql;
            Assert.True(hash == Hash(sql), $"{name} was edited: put the change into a new script. (Its hash is {Hash(sql)}.)");
        }

        foreach (var area in new[] { "grains", "catalogue", "evidence" })
        {
            Assert.Equal(Enumerable.Range(1, MigrationScripts.Of(Folder, area).Count), MigrationScripts.Of(Folder, area).Select(s => s.Number));
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static Dictionary<string, string> Hashes() => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Migrations", "published.sha256"))
        .Select(l => l.Split("  ")).ToDictionary(p => p[1], p => p[0]);

    /// <summary>The schema as the database describes it, after going to version <paramref name="from"/> first, with a row or two, and then to the newest.</summary>
    private async Task<string> SchemaAsync(string area, int from)
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        if (from > 0)
        {
            await ApplyAsync(database, area, from);
        }

        await database.MigrateAsync(area);
        await using var connection = await database.ConnectAsync(area);
        var query = kind == DatabaseKind.Sqlite
            ? "select coalesce(sql, name) from sqlite_schema where name not like 'sqlite_%' and name <> 'migration' order by name"
            : """
              select d from (
                select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as d from information_schema.columns where table_schema = 'public'
                union all select indexdef from pg_indexes where schemaname = 'public'
                union all select trigger_name || ' ' || event_manipulation from information_schema.triggers) x order by d
              """;
        return string.Join('\n', await connection.QueryAsync(query, [], r => r.GetString(0), Ct));
    }

    /// <summary>An earlier version of this software: its scripts and what it wrote (Migrations/Rows).</summary>
    private async Task ApplyAsync(DatabaseUnderTest database, string area, int version)
    {
        await using var connection = await database.ConnectAsync(area);
        await connection.ExecuteAsync("create table if not exists migration (area text not null, number integer not null, primary key (area, number))", Ct);
        foreach (var (number, sql) in MigrationScripts.Of(Folder, area).Take(version))
        {
            await connection.ExecuteAsync(sql, Ct);
            await connection.ExecuteAsync($"insert into migration (area, number) values ('{area}', {number})", Ct);
        }

        await connection.ExecuteAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Migrations", "Rows", $"{area}_0001.{Folder}.sql"), Ct), Ct);
    }
}

/// <summary>On a SQLite file.</summary>
public sealed class SqliteMigrationTests(PostgresFixture postgres) : MigrationTests(DatabaseKind.Sqlite, postgres);

/// <summary>On a PostgreSQL server.</summary>
public sealed class PostgresMigrationTests(PostgresFixture postgres) : MigrationTests(DatabaseKind.Postgres, postgres);
