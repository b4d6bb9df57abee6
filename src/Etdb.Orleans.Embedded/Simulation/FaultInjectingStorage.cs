using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Orleans.Embedded.Simulation;

/// <summary>Which faults a store shows, and how often. Probabilities are for each operation; they may be changed while the simulation runs.</summary>
public sealed class StorageFaults
{
    /// <summary>The write fails and nothing is stored.</summary>
    public double WriteFails { get; set; }

    /// <summary>The write is stored, but the writer is told that it failed: its ETag is stale from then on.</summary>
    public double WriteIsLostOnTheWayBack { get; set; }

    /// <summary>The read fails.</summary>
    public double ReadFails { get; set; }

    /// <summary>Longest virtual time an operation takes; drawn evenly from zero up.</summary>
    public TimeSpan Latency { get; set; }
}

/// <summary>A fault that was injected.</summary>
public sealed class InjectedStorageException : Exception
{
    public InjectedStorageException()
    {
    }

    public InjectedStorageException(string message)
        : base(message)
    {
    }

    public InjectedStorageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Puts faults, drawn from a seed, and virtual latency in front of a store.</summary>
public sealed class FaultInjectingStorage(IGrainStorage inner, StorageFaults faults, SeededRandom random, TimeProvider time) : IGrainStorage
{
    /// <summary>Faults shown so far.</summary>
    public long Injected { get; private set; }

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await DelayAsync();
        FailWith(faults.ReadFails, "reading", stateName, grainId);
        await inner.ReadStateAsync(stateName, grainId, grainState);
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await DelayAsync();
        FailWith(faults.WriteFails, "writing", stateName, grainId);
        var etag = grainState.ETag;
        var existed = grainState.RecordExists;
        await inner.WriteStateAsync(stateName, grainId, grainState);
        if (random.Chance(faults.WriteIsLostOnTheWayBack))
        {
            (grainState.ETag, grainState.RecordExists) = (etag, existed);
            FailWith(1, "answering the write of", stateName, grainId);
        }
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await DelayAsync();
        FailWith(faults.WriteFails, "clearing", stateName, grainId);
        await inner.ClearStateAsync(stateName, grainId, grainState);
    }

    private Task DelayAsync() =>
        faults.Latency > TimeSpan.Zero ? Task.Delay(faults.Latency * random.NextDouble(), time) : Task.CompletedTask;

    private void FailWith(double probability, string what, string stateName, GrainId grainId)
    {
        if (random.Chance(probability))
        {
            Injected++;
            throw new InjectedStorageException($"Injected fault while {what} state '{stateName}' of {grainId}.");
        }
    }
}
