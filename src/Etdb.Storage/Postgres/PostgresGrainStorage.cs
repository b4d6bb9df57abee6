using System.Text.Json;
using Etdb.Storage.Grains;
using Etdb.Storage.Sql;
using Npgsql;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Storage.Postgres;

/// <summary>
/// Grain states as JSON in PostgreSQL, for either grain runtime and any number of silos. A write is one statement that compares the ETag and
/// commits: it is durable when its task ends. When the connection breaks in the middle nobody knows the outcome; the grain is told it
/// failed, and its next activation reads the truth.
/// </summary>
public sealed class PostgresGrainStorage(PostgresDatabase database, JsonSerializerOptions json) : IGrainStorage, IGrainStateReader
{
    private const string Select = "select etag, body, checksum from grain_state where grain = @grain and state = @state";

    private const string Insert = """
        insert into grain_state (grain, state, etag, body, checksum, written_at)
        values (@grain, @state, nextval('grain_etag'), @body, @checksum, (extract(epoch from clock_timestamp()) * 1000)::bigint)
        on conflict (grain, state) do nothing returning etag
        """;

    private const string Update = """
        update grain_state set etag = nextval('grain_etag'), body = @body, checksum = @checksum, written_at = (extract(epoch from clock_timestamp()) * 1000)::bigint
        where grain = @grain and state = @state and etag = @old returning etag
        """;

    private readonly GrainStateCodec _codec = new(json, database.Name);

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc cref="ReadStateAsync{T}(string, GrainId, IGrainState{T})"/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var grain = grainId.ToString();
        var found = await RunAsync(
            connection => connection.QueryAsync(
                Select, [("@grain", grain), ("@state", stateName)], r => new StoredState(r.GetInt64(0), r.GetFieldValue<byte[]>(1), r.GetInt64(2)), cancellationToken),
            "read",
            cancellationToken).ConfigureAwait(false);
        _codec.Read(found.Count == 0 ? null : found[0], grain, stateName, grainState);
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <summary>As the other overload. The token ends the wait for a connection only: a write that was sent is seen through, so that its outcome is known.</summary>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var grain = grainId.ToString();
        var old = GrainStateCodec.Parse(grainState.ETag);
        var body = _codec.Encode(grainState.State);
        (string, object?)[] values = [("@grain", grain), ("@state", stateName), ("@body", body), ("@checksum", (long)Checksum.Of(body))];
        var written = await RunAsync(
            connection => old is null
                ? connection.ScalarAsync(Insert, values, CancellationToken.None)
                : connection.ScalarAsync(Update, [.. values, ("@old", old)], CancellationToken.None),
            "written",
            cancellationToken).ConfigureAwait(false);
        if (written is not long etag)
        {
            throw GrainStateCodec.Conflict(grain, stateName, await StoredAsync(grain, stateName, cancellationToken).ConfigureAwait(false), old);
        }

        grainState.ETag = GrainStateCodec.Text(etag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc cref="ClearStateAsync{T}(string, GrainId, IGrainState{T})"/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var grain = grainId.ToString();
        var old = GrainStateCodec.Parse(grainState.ETag);
        var removed = await RunAsync(
            connection => connection.ExecuteAsync(
                "delete from grain_state where grain = @grain and state = @state and etag = @old", [("@grain", grain), ("@state", stateName), ("@old", old ?? -1)], CancellationToken.None),
            "written",
            cancellationToken).ConfigureAwait(false);
        if (removed == 0)
        {
            var stored = await StoredAsync(grain, stateName, cancellationToken).ConfigureAwait(false);
            if (old is not null || stored is not null)
            {
                throw GrainStateCodec.Conflict(grain, stateName, stored, old);
            }
        }

        GrainStateCodec.Reset(grainState);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) => await RunAsync(
        connection => connection.QueryAsync(GrainStateCodec.ListQuery, GrainStateCodec.ListParameters(prefix, after, limit), r => r.GetString(0), cancellationToken),
        "read",
        cancellationToken).ConfigureAwait(false);

    private Task<object?> StoredAsync(string grain, string state, CancellationToken cancellationToken) => RunAsync(
        connection => connection.ScalarAsync("select etag from grain_state where grain = @grain and state = @state", [("@grain", grain), ("@state", state)], cancellationToken),
        "read",
        cancellationToken);

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> use, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await database.UseAsync(use, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            throw PostgresProblems.Explain(failure, database.Name, what);
        }
    }
}
