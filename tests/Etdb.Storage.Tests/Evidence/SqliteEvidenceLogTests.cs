using Etdb.Domain.Audit;
using Etdb.Storage.Sqlite;
using Etdb.Testing;
using Microsoft.Data.Sqlite;
using Entry = Etdb.Storage.Evidence.EvidenceEntry;

namespace Etdb.Storage.Tests.Evidence;

public sealed class SqliteEvidenceLogTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_chain_goes_on_over_restarts_and_verifies()
    {
        using var folder = new TemporaryFolder();
        for (var run = 0; run < 3; run++)
        {
            await WithLogAsync(folder, async log => await Task.WhenAll(Enumerable.Range(0, 20).Select(n => log.AppendAsync([New(n), New(n + 100)], Ct).AsTask())));
        }

        var entries = await SqliteEvidenceLog.ReadAsync(folder.At("evidence.db"), 0, Ct).ToListAsync(Ct);
        Assert.Equal(120, entries.Count);
        Assert.True(EvidenceChain.Verify(EvidenceChain.Empty, entries).Valid);
    }

    [Fact]
    public async Task A_row_can_be_neither_changed_nor_deleted_and_a_forged_one_is_found()
    {
        using var folder = new TemporaryFolder();
        await WithLogAsync(folder, async log => await log.AppendAsync([New(1), New(2), New(3)], Ct));
        await using var connection = new SqliteConnection($"Data Source={folder.At("evidence.db")};Pooling=False");
        await connection.OpenAsync(Ct);
        Assert.Throws<SqliteException>(() => Execute(connection, "update evidence set outcome = 'verified'"));
        Assert.Throws<SqliteException>(() => Execute(connection, "delete from evidence"));
        Execute(connection, "drop trigger evidence_unchanged");
        Execute(connection, "update evidence set outcome = 'verified' where sequence = 2");
        var verdict = EvidenceChain.Verify(EvidenceChain.Empty, await SqliteEvidenceLog.ReadAsync(folder.At("evidence.db"), 0, Ct).ToListAsync(Ct));
        Assert.False(verdict.Valid);
        Assert.Equal(2, verdict.BrokenAt);
    }

    private static Entry New(int n) => new(DateTimeOffset.UnixEpoch.AddSeconds(n), "audit", "d" + n, "n1", "missing", "{\"blocks\":1}");

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static async Task WithLogAsync(TemporaryFolder folder, Func<SqliteEvidenceLog, Task> use)
    {
        using var log = new SqliteEvidenceLog(folder.At("evidence.db"));
        await log.StartAsync(Ct);
        await use(log);
        await log.StopAsync(Ct);
    }
}
