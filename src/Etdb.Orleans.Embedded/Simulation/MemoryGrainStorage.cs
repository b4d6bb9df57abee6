using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>
/// Grain states in memory, with the rules of a durable store: ETags, conflicts, and a copy that a grain cannot change behind the store's back.
/// States marked <see cref="ImmutableAttribute"/> are kept by reference, others as JSON. Make it outside the silo and it outlives crashes.
/// </summary>
public sealed class MemoryGrainStorage(JsonSerializerOptions? json = null) : IGrainStorage
{
    private readonly Dictionary<(string State, GrainId Grain), Row> _rows = [];
    private readonly Lock _gate = new();
    private long _version;

    /// <summary>States stored.</summary>
    public int Count => _rows.Count;

    /// <summary>Writes that were stored.</summary>
    public long Writes => _version;

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            var found = _rows.TryGetValue((stateName, grainId), out var row);
            grainState.RecordExists = found;
            grainState.ETag = found ? row.ETag : null;
            if (found)
            {
                grainState.State = row.Value is byte[] bytes && typeof(T) != typeof(byte[]) ? JsonSerializer.Deserialize<T>(bytes, json)! : (T)row.Value!;
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var value = Copying<T>.Shares ? (object?)grainState.State : JsonSerializer.SerializeToUtf8Bytes(grainState.State, json);
        lock (_gate)
        {
            Check(stateName, grainId, grainState.ETag);
            var etag = (++_version).ToString();
            _rows[(stateName, grainId)] = new Row(value, etag);
            grainState.ETag = etag;
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            Check(stateName, grainId, grainState.ETag);
            _rows.Remove((stateName, grainId));
            grainState.ETag = null;
            grainState.RecordExists = false;
        }

        return Task.CompletedTask;
    }

    private void Check(string stateName, GrainId grainId, string? etag)
    {
        var stored = _rows.TryGetValue((stateName, grainId), out var row) ? row.ETag : null;
        if (stored != etag)
        {
            throw new InconsistentStateException($"State '{stateName}' of {grainId} was changed by another writer.", stored, etag);
        }
    }

    private readonly record struct Row(object? Value, string ETag);

    private static class Copying<T>
    {
        public static readonly bool Shares = typeof(T).IsDefined(typeof(ImmutableAttribute), inherit: false) || typeof(T) == typeof(byte[]);
    }
}
