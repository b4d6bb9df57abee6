namespace Orleans.Core;

/// <summary>Reads and writes one stored state.</summary>
public interface IStorage
{
    /// <summary>The version last read or written; null when there is none.</summary>
    string? Etag { get; }

    /// <summary>Something is stored.</summary>
    bool RecordExists { get; }

    /// <summary>Removes what is stored and resets the state in memory.</summary>
    Task ClearStateAsync();

    /// <summary>Stores the state; durable when the task ends. Throws <see cref="Storage.InconsistentStateException"/> when another writer came first.</summary>
    Task WriteStateAsync();

    /// <summary>Replaces the state in memory by what is stored.</summary>
    Task ReadStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

/// <summary>Reads and writes one stored state of a type.</summary>
public interface IStorage<TState> : IStorage
{
    /// <summary>The state in memory.</summary>
    TState State { get; set; }
}
