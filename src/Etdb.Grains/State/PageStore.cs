using Orleans.Storage;

namespace Etdb.Grains.State;

/// <summary>Reads and writes the pages of <see cref="PagedTable"/>s in the grain storage, each as a state of its grain with its own ETag. One per process.</summary>
public sealed class PageStore(IGrainStorage storage)
{
    /// <summary>Reads a state as it is stored; a fresh one when nothing is.</summary>
    public async Task<GrainState<T>> ReadAsync<T>(GrainId grain, string name)
        where T : class, new()
    {
        var state = new GrainState<T>(new T());
        await storage.ReadStateAsync(name, grain, state);
        if (!state.RecordExists)
        {
            state.State = new T();
        }

        return state;
    }

    /// <summary>Writes it; durable when it returns.</summary>
    public Task WriteAsync<T>(GrainId grain, string name, GrainState<T> state)
        where T : class, new() => storage.WriteStateAsync(name, grain, state);
}
