using System.Collections.Concurrent;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>A store in memory that fails when it is told to.</summary>
public sealed class FlakyStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string, GrainId), (object? Value, int Version)> _rows = new();

    public bool FailReads { get; set; }

    public bool FailWrites { get; set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (FailReads)
        {
            throw new InvalidOperationException("the disk cannot be read");
        }

        if (_rows.TryGetValue((stateName, grainId), out var row))
        {
            grainState.State = (T)row.Value!;
            grainState.ETag = row.Version.ToString();
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (FailWrites)
        {
            throw new InvalidOperationException("the disk is full");
        }

        var stored = _rows.GetValueOrDefault((stateName, grainId)).Version;
        if ((grainState.ETag ?? "0") != stored.ToString())
        {
            throw new InconsistentStateException("changed by another", stored.ToString(), grainState.ETag);
        }

        _rows[(stateName, grainId)] = (grainState.State, stored + 1);
        grainState.ETag = (stored + 1).ToString();
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _rows.TryRemove((stateName, grainId), out _);
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    /// <summary>Changes a row behind its grain's back.</summary>
    public void Touch(string stateName, GrainId grainId) =>
        _rows.AddOrUpdate((stateName, grainId), static _ => (null, 1), static (_, row) => (row.Value, row.Version + 1));
}
