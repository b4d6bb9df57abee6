using System.Data.Common;
using Etdb.Storage.Grains;
using Etdb.Storage.Tests.Databases;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Storage.Tests.Grains;

/// <summary>What grains may rely on, the same for each database.</summary>
public abstract class GrainStorageTests(DatabaseKind kind, PostgresFixture postgres)
{
    private static readonly GrainId Id = GrainId.Create("dataset", "abc");

    public sealed record Sample(int Number, string? Text);

    [Fact]
    public async Task What_is_written_is_read_back_after_reopening()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (storage, _) = await database.GrainsAsync();
        var state = new GrainState<Sample>(new Sample(7, "é\u0000\n"));
        await storage.WriteStateAsync("s", Id, state);
        Assert.True(state.RecordExists);
        var (again, _) = await database.GrainsAsync();
        var read = new GrainState<Sample>();
        await again.ReadStateAsync("s", Id, read);
        Assert.Equal((state.ETag, state.State, true), (read.ETag, read.State, read.RecordExists));
        await again.ReadStateAsync("other", Id, read);
        Assert.Equal((null, null, false), (read.ETag, read.State, read.RecordExists));
    }

    [Fact]
    public async Task Of_two_writers_with_one_etag_one_wins()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (storage, _) = await database.GrainsAsync();
        var states = Enumerable.Range(0, 20).Select(i => new GrainState<int>(i)).ToArray();
        var results = await Task.WhenAll(states.Select(async s => await Record.ExceptionAsync(() => storage.WriteStateAsync("s", Id, s))));
        Assert.Single(results, static r => r is null);
        Assert.Equal(19, results.Count(static r => r is InconsistentStateException { StoredEtag: not null, CurrentEtag: null }));
    }

    [Fact]
    public async Task An_etag_is_never_valid_again_after_a_clear()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (storage, _) = await database.GrainsAsync();
        var first = new GrainState<int>(1);
        await storage.WriteStateAsync("s", Id, first);
        var stale = new GrainState<int>(2, first.ETag);
        await storage.ClearStateAsync("s", Id, first);
        Assert.False(first.RecordExists);
        await storage.ClearStateAsync("s", Id, first);
        await storage.WriteStateAsync("s", Id, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", Id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", Id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", Id, new GrainState<int>(2, "not ours")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_behaves_like_a_dictionary_with_versions(int seed)
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (storage, _) = await database.GrainsAsync();
        var random = new Random(seed);
        var model = new Dictionary<string, (int Value, string ETag)>();
        var tags = new List<string?> { null, "999999999" };
        for (var step = 0; step < 150; step++)
        {
            var key = "k" + random.Next(3);
            var id = GrainId.Create("dataset", key);
            var known = model.TryGetValue(key, out var row) ? row : ((int, string)?)null;
            var tag = random.Next(3) > 0 ? known?.Item2 : tags[random.Next(tags.Count)];
            var state = new GrainState<int>(random.Next(), tag);
            var act = random.Next(3);
            var failure = await Record.ExceptionAsync(() => act switch
            {
                0 => storage.ReadStateAsync("s", id, state),
                1 => storage.ClearStateAsync("s", id, state),
                _ => storage.WriteStateAsync("s", id, state),
            });
            if (act == 0)
            {
                Assert.Equal((known?.Item1 ?? 0, known?.Item2, known is not null), (state.State, state.ETag, state.RecordExists));
                continue;
            }

            if (tag != known?.Item2)
            {
                Assert.IsType<InconsistentStateException>(failure);
                continue;
            }

            Assert.Null(failure);
            model.Remove(key);
            if (act == 2)
            {
                Assert.DoesNotContain(state.ETag, tags);
                tags.Add(state.ETag);
                model.Add(key, (state.State, state.ETag!));
            }
        }
    }

    [Theory]
    [InlineData("7b226e756d626572223a387d")]
    [InlineData("00ff")]
    public async Task A_row_that_was_changed_is_an_error_not_an_empty_state(string hex)
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (storage, _) = await database.GrainsAsync();
        await storage.WriteStateAsync("s", Id, new GrainState<Sample>(new Sample(7, null)));
        await using (var connection = await database.ConnectAsync("grains"))
        {
            Execute(connection, $"update grain_state set body = {(kind == DatabaseKind.Sqlite ? $"x'{hex}'" : $"'\\x{hex}'")}");
        }

        var state = new GrainState<Sample>();
        var failure = await Assert.ThrowsAsync<CorruptGrainStateException>(() => storage.ReadStateAsync("s", Id, state));
        Assert.Contains("checksum", failure.Message, StringComparison.Ordinal);
        Assert.Contains("dataset/abc", failure.Message, StringComparison.Ordinal);
        Assert.False(state.RecordExists);
    }

    [Fact]
    public async Task Many_writers_at_once_all_get_through()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (storage, _) = await database.GrainsAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var state = new GrainState<Sample>(new Sample(i, new string('x', 500)));
            for (var round = 0; round < 3; round++)
            {
                await storage.WriteStateAsync("s", GrainId.Create("dataset", $"{i}"), state);
            }
        }));
        await using var connection = await database.ConnectAsync("grains");
        Assert.Equal(200L, Scalar(connection, "select count(*) from grain_state"));
    }

    [Fact]
    public async Task Reminders_are_kept_changed_and_removed_by_version()
    {
        await using var database = await DatabaseUnderTest.CreateAsync(kind, postgres);
        var (_, rows) = await database.GrainsAsync();
        var ct = TestContext.Current.CancellationToken;
        var row = new ReminderRow("dataset/a", "wake", 0xFFFF_FFFF, DateTimeOffset.UnixEpoch.AddTicks(123), TimeSpan.FromTicks(456), "");
        var first = await rows.UpsertAsync(row, ct);
        var second = await rows.UpsertAsync(row with { Period = TimeSpan.FromDays(3) }, ct);
        await rows.UpsertAsync(row with { Name = "other", GrainHash = 5 }, ct);
        Assert.NotEqual(first, second);
        Assert.Equal([row with { Period = TimeSpan.FromDays(3), ETag = second }], await rows.ReadAsync("where grain_hash > @begin", [("@begin", 5L)], ct));
        Assert.Equal(2, (await rows.ReadAsync("", [], ct)).Count);
        Assert.False(await rows.RemoveAsync("dataset/a", "wake", first, ct));
        Assert.True(await rows.RemoveAsync("dataset/a", "wake", second, ct));
        Assert.True(await rows.RemoveAsync("dataset/a", "other", null, ct));
        Assert.False(await rows.RemoveAsync("dataset/a", "other", null, ct));
        await rows.UpsertAsync(row, ct);
        await rows.RemoveAllAsync(ct);
        Assert.Empty(await rows.ReadAsync("", [], ct));
    }

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}

/// <summary>On a SQLite file.</summary>
public sealed class SqliteGrainStorageTests(PostgresFixture postgres) : GrainStorageTests(DatabaseKind.Sqlite, postgres);

/// <summary>On a PostgreSQL server.</summary>
public sealed class PostgresGrainStorageTests(PostgresFixture postgres) : GrainStorageTests(DatabaseKind.Postgres, postgres);
