using System.Data.Common;
using Etdb.Domain.Audit;
using Etdb.Storage.Evidence;
using Etdb.Storage.Tests.Databases;
using Entry = Etdb.Storage.Evidence.EvidenceEntry;

namespace Etdb.Storage.Tests.Evidence;

/// <summary>The chain holds, the same for each database.</summary>
public abstract class EvidenceLogTests(DatabaseKind kind, PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_chain_goes_on_over_restarts_and_verifies()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        for (var run = 0; run < 3; run++)
        {
            await WithLogAsync(database, async log => await Task.WhenAll(Enumerable.Range(0, 20).Select(n => log.AppendAsync([New(n), New(n + 100)], Ct).AsTask())));
        }

        var entries = await ReadAsync(database);
        Assert.Equal(120, entries.Count);
        Assert.True(EvidenceChain.Verify(EvidenceChain.Empty, entries).Valid);
        await WithLogAsync(database, async log => Assert.Equal(20, await log.ReadAsync(100, Ct).CountAsync(Ct)));
    }

    [Fact]
    public async Task Calls_are_read_without_what_lies_between_them()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await WithLogAsync(database, async log =>
        {
            await log.AppendAsync([.. Enumerable.Range(1, 300).Select(n => n % 100 == 0 ? New(n) with { Kind = "call" } : New(n))], Ct);
            Assert.Equal([100L, 200L, 300L], await log.CallsAsync(0, Ct).Select(e => e.Sequence).ToListAsync(Ct));
            Assert.Equal([300L], await log.CallsAsync(200, Ct).Select(e => e.Sequence).ToListAsync(Ct));
        });
    }

    [Fact]
    public async Task A_row_can_be_neither_changed_nor_deleted_and_a_forged_one_is_found()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        await WithLogAsync(database, async log => await log.AppendAsync([New(1), New(2), New(3)], Ct));
        await using (var connection = await database.ConnectAsync("evidence"))
        {
            Assert.ThrowsAny<DbException>(() => Execute(connection, "update evidence set outcome = 'verified'"));
            Assert.ThrowsAny<DbException>(() => Execute(connection, "delete from evidence"));
            Execute(connection, kind == DatabaseKind.Sqlite ? "drop trigger evidence_unchanged" : "drop trigger evidence_kept on evidence");
            Execute(connection, "update evidence set outcome = 'verified' where sequence = 2");
        }

        var verdict = EvidenceChain.Verify(EvidenceChain.Empty, await ReadAsync(database));
        Assert.False(verdict.Valid);
        Assert.Equal(2, verdict.BrokenAt);
    }

    protected static Entry New(int n) => new(DateTimeOffset.UnixEpoch.AddSeconds(n), "audit", "d" + n, "n1", "missing", "{\"blocks\":1}");

    protected static async Task<List<Domain.Audit.EvidenceEntry>> ReadAsync(DatabaseUnderTest database)
    {
        List<Domain.Audit.EvidenceEntry> entries = [];
        await WithLogAsync(database, async log => entries = await log.ReadAsync(0, Ct).ToListAsync(Ct));
        return entries;
    }

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task WithLogAsync(DatabaseUnderTest database, Func<EvidenceLogWriter, Task> use)
    {
        using var log = database.Evidence();
        await log.StartAsync(Ct);
        await use(log);
        await log.StopAsync(Ct);
    }
}

/// <summary>On a SQLite file.</summary>
public sealed class SqliteEvidenceLogTests(PostgresFixture postgres) : EvidenceLogTests(DatabaseKind.Sqlite, postgres);

/// <summary>On a PostgreSQL server.</summary>
public sealed class PostgresEvidenceLogTests(PostgresFixture postgres) : EvidenceLogTests(DatabaseKind.Postgres, postgres)
{
    private readonly PostgresFixture _postgres = postgres;

    [Fact]
    public async Task Silos_that_write_at_the_same_time_make_one_chain()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var database = await DatabaseUnderTest.CreateAsync(DatabaseKind.Postgres, _postgres);
        var logs = Enumerable.Range(0, 3).Select(_ => database.Evidence()).ToList();
        foreach (var log in logs)
        {
            await log.StartAsync(ct);
        }

        await Task.WhenAll(logs.SelectMany(log => Enumerable.Range(0, 30).Select(async n => await log.AppendAsync([New(n)], ct))));
        foreach (var log in logs)
        {
            await log.StopAsync(ct);
            log.Dispose();
        }

        var entries = await ReadAsync(database);
        Assert.Equal(90, entries.Count);
        Assert.True(EvidenceChain.Verify(EvidenceChain.Empty, entries).Valid);
    }
}
