using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Storage.Grains;

/// <summary>
/// Grain states as JSON in SQLite, for either grain runtime. A write is durable when its task ends, and fails with
/// <see cref="InconsistentStateException"/> when the stored ETag is not the writer's. A row that is not what was written fails with
/// <see cref="CorruptGrainStateException"/>; it is never taken for "no state".
/// </summary>
public sealed class SqliteGrainStorage(GrainDatabase database, JsonSerializerOptions json) : IGrainStorage, IGrainStateReader
{
    private readonly GrainStateCodec _codec = new(json, database.Path);

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc cref="ReadStateAsync{T}(string, GrainId, IGrainState{T})"/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var grain = grainId.ToString();
        var row = await database.ReadAsync(reader => Find(reader, grain, stateName), cancellationToken).ConfigureAwait(false);
        _codec.Read(row, grain, stateName, grainState);
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <summary>As the other overload. The token ends the wait for a place in the queue only: once queued, a write is seen through, so that its outcome is known.</summary>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var operation = new WriteState(grainId.ToString(), stateName, GrainStateCodec.Parse(grainState.ETag), _codec.Encode(grainState.State));
        await database.WriteAsync(operation, cancellationToken).ConfigureAwait(false);
        grainState.ETag = GrainStateCodec.Text(operation.NewETag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc cref="ClearStateAsync{T}(string, GrainId, IGrainState{T})"/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        await database.WriteAsync(new ClearState(grainId.ToString(), stateName, GrainStateCodec.Parse(grainState.ETag)), cancellationToken).ConfigureAwait(false);
        GrainStateCodec.Reset(grainState);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        states =>
        {
            using var reader = states.Command(GrainStateCodec.ListQuery, GrainStateCodec.ListParameters(prefix, after, limit)).ExecuteReader();
            var ids = new List<string>();
            while (reader.Read())
            {
                ids.Add(reader.GetString(0));
            }

            return ids;
        },
        cancellationToken).ConfigureAwait(false);

    private static StoredState? Find(GrainReader states, string grain, string state)
    {
        using var reader = states.Command("select etag, body, checksum from grain_state where grain = $grain and state = $state", ("$grain", grain), ("$state", state)).ExecuteReader();
        return reader.Read() ? new StoredState(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2)) : null;
    }

    private sealed class WriteState(string grain, string state, long? etag, byte[] body) : GrainOperation
    {
        private const string Insert = """
            insert into grain_state (grain, state, etag, body, checksum, written_at) values ($grain, $state, $etag, $body, $checksum, $now)
            on conflict (grain, state) do nothing
            """;

        private const string Update = """
            update grain_state set etag = $etag, body = $body, checksum = $checksum, written_at = $now
            where grain = $grain and state = $state and etag = $old
            """;

        public long NewETag { get; private set; }

        public override void Execute(GrainWriter writer)
        {
            NewETag = writer.NextETag();
            (string, object?)[] values =
            [
                ("$grain", grain), ("$state", state), ("$etag", NewETag), ("$body", body), ("$checksum", (long)Checksum.Of(body)), ("$now", writer.Now),
            ];
            var changed = etag is null ? writer.Execute(Insert, values) : writer.Execute(Update, [.. values, ("$old", etag)]);
            Failure = changed == 1 ? null : Conflict(writer, grain, state, etag);
        }
    }

    private sealed class ClearState(string grain, string state, long? etag) : GrainOperation
    {
        public override void Execute(GrainWriter writer)
        {
            var changed = writer.Execute("delete from grain_state where grain = $grain and state = $state and etag = $old", ("$grain", grain), ("$state", state), ("$old", etag));
            var nothingWasThere = etag is null && Stored(writer, grain, state) is null;
            Failure = changed == 1 || nothingWasThere ? null : Conflict(writer, grain, state, etag);
        }
    }

    private static object? Stored(GrainWriter writer, string grain, string state) =>
        writer.Scalar("select etag from grain_state where grain = $grain and state = $state", ("$grain", grain), ("$state", state));

    private static InconsistentStateException Conflict(GrainWriter writer, string grain, string state, long? etag) =>
        GrainStateCodec.Conflict(grain, state, Stored(writer, grain, state), etag);
}
