using Etdb.Storage.Postgres;
using Etdb.Storage.Tests.Databases;

namespace Etdb.Storage.Tests.Migrations;

/// <summary>Migrations of large tables.</summary>
public sealed class PostgresPatienceTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Rewriting a million rows takes longer than any statement of every day may: it would be broken off and begun again at each start, for ever.</summary>
    [Fact]
    public async Task A_migration_and_who_waits_for_it_may_take_longer_than_a_statement()
    {
        await using var database = new PostgresDatabase(new PostgresOptions { ConnectionString = await (await postgres.ServerAsync()).CreateDatabaseAsync(), CommandTimeout = TimeSpan.FromSeconds(1) });
        await using var connection = await database.OpenAsync(Ct);
        await database.MigrateAsync(connection, [(1, "select pg_sleep(2.5)"), (2, "create table after_all (id integer)")], "slow", Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from after_all";
        Assert.Equal(0L, await command.ExecuteScalarAsync(Ct));
    }
}
