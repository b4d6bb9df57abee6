using System.Diagnostics;
using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Orleans.Tests.Contract;
using Etdb.Storage.Grains;
using Etdb.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Storage;

/// <summary>Grain states in SQLite: conflicts, group commit, damage, other versions.</summary>
public sealed class SqliteGrainStorageTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "grains.db");

    public void Dispose() => _folder.Dispose();

    public sealed record Sample(int Number, ContentId Root, NodeId? Node, IReadOnlyList<ReplicaState> States, Dictionary<NodeId, long> Sizes);

    [Fact]
    public async Task What_is_written_is_read_back_after_reopening()
    {
        var id = GrainId.Create("dataset", "abc");
        var sample = new Sample(7, new ContentId("bafy"), new NodeId("n1"), [ReplicaState.Verified, ReplicaState.Corrupt], new() { [new NodeId("n1")] = 5, [new NodeId("n2")] = 6 });
        string? etag;
        await using (var database = Open())
        {
            var state = new GrainState<Sample>(sample);
            await Storage(database).WriteStateAsync("s", id, state);
            etag = state.ETag;
            Assert.True(state.RecordExists);
        }

        await using var again = Open();
        var read = new GrainState<Sample>();
        await Storage(again).ReadStateAsync("s", id, read);
        Assert.Equal(etag, read.ETag);
        Assert.Equal((7, sample.Root, sample.Node), (read.State!.Number, read.State.Root, read.State.Node));
        Assert.Equal(sample.States, read.State.States);
        Assert.Equal(sample.Sizes, read.State.Sizes);
        Assert.Contains("\"root\":\"bafy\"", Text(id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_writers_with_one_etag_one_wins()
    {
        await using var database = Open();
        var storage = Storage(database);
        var id = GrainId.Create("dataset", "abc");
        var states = Enumerable.Range(0, 20).Select(i => new GrainState<int>(i)).ToArray();
        var results = await Task.WhenAll(states.Select(async s => await Record.ExceptionAsync(() => storage.WriteStateAsync("s", id, s))));
        Assert.Single(results, static r => r is null);
        Assert.Equal(19, results.Count(static r => r is InconsistentStateException { StoredEtag: not null, CurrentEtag: null }));
    }

    [Fact]
    public async Task An_etag_is_never_valid_again_after_a_clear()
    {
        await using var database = Open();
        var storage = Storage(database);
        var id = GrainId.Create("dataset", "abc");
        var first = new GrainState<int>(1);
        await storage.WriteStateAsync("s", id, first);
        var stale = new GrainState<int>(2, first.ETag);
        await storage.ClearStateAsync("s", id, first);
        Assert.False(first.RecordExists);
        await storage.WriteStateAsync("s", id, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", id, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, new GrainState<int>(2, "not ours")));
    }

    [Fact]
    public async Task Many_writers_share_commits_and_their_speed_is_reported()
    {
        await using var database = Open();
        var storage = Storage(database);
        const int writers = 256;
        const int rounds = 20;
        var body = new string('x', 1000);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async i =>
        {
            var state = new GrainState<string>(body);
            for (var round = 0; round < rounds; round++)
            {
                await storage.WriteStateAsync("s", GrainId.Create("dataset", i.ToString()), state);
            }
        }));
        var elapsed = Stopwatch.GetElapsedTime(began);
        var (writes, transactions) = database.Committed;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{writes} writes of 1 kB in {transactions} transactions, {elapsed.TotalMilliseconds:F0} ms: {writes / elapsed.TotalSeconds:F0} writes/s; file {new FileInfo(File).Length / 1024} kB");
        Assert.Equal(writers * rounds, writes);
        Assert.True(transactions < writes / 4, $"{transactions} transactions for {writes} writes");
    }

    [Theory]
    [InlineData("update grain_state set body = cast('{\"number\":8}' as blob)", "checksum")]
    [InlineData("update grain_state set body = x'00ff'", "checksum")]
    public async Task A_row_that_was_changed_is_an_error_not_an_empty_state(string damage, string expected)
    {
        var id = GrainId.Create("dataset", "abc");
        await WriteOneAsync(id);
        Execute(damage);
        await using var database = Open();
        var state = new GrainState<Sample>();
        var failure = await Assert.ThrowsAsync<CorruptGrainStateException>(() => Storage(database).ReadStateAsync("s", id, state));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains("dataset/abc", failure.Message, StringComparison.Ordinal);
        Assert.False(state.RecordExists);
    }

    [Fact]
    public async Task A_state_of_another_shape_is_an_error()
    {
        var id = GrainId.Create("dataset", "abc");
        await WriteOneAsync(id);
        await using var database = Open();
        await Assert.ThrowsAsync<CorruptGrainStateException>(() => Storage(database).ReadStateAsync("s", id, new GrainState<int[]>()));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_left_alone()
    {
        await WriteOneAsync(GrainId.Create("dataset", "abc"));
        Execute("insert into migration (area, number) values ('grains', 99)");
        await using var database = Open();
        var failure = await Assert.ThrowsAsync<NewerSchemaException>(() => database.OpenAsync(CancellationToken.None));
        Assert.Contains("99", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named_in_the_error()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('?', 5000));
        await using var database = Open();
        var failure = await Assert.ThrowsAsync<CorruptGrainStateException>(() => database.OpenAsync(CancellationToken.None));
        Assert.Contains(File, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_database_takes_no_writes_but_has_kept_those_it_took()
    {
        var database = Open();
        var storage = Storage(database);
        var pending = Enumerable.Range(0, 300).Select(i => storage.WriteStateAsync("s", GrainId.Create("dataset", i.ToString()), new GrainState<int>(i))).ToArray();
        await Task.WhenAll(pending);
        await database.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => storage.WriteStateAsync("s", GrainId.Create("dataset", "late"), new GrainState<int>(1)));
        Assert.Equal(300L, Scalar("select count(*) from grain_state"));
    }

    private static SqliteGrainStorage Storage(GrainDatabase database) => new(database, GrainJson.Options);

    private GrainDatabase Open() => new(File, TimeProvider.System, NullLogger<GrainDatabase>.Instance);

    private async Task WriteOneAsync(GrainId id)
    {
        await using var database = Open();
        await Storage(database).WriteStateAsync("s", id, new GrainState<Sample>(new Sample(7, new ContentId("c"), null, [], [])));
    }

    private string Text(GrainId id) => (string)Scalar($"select cast(body as text) from grain_state where grain = '{id}'")!;

    private void Execute(string sql) => Scalar(sql);

    private object? Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
