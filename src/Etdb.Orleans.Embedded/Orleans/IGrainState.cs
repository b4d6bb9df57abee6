namespace Orleans;

/// <summary>A state as storage providers see it.</summary>
public interface IGrainState<T>
{
    /// <summary>The value.</summary>
    T State { get; set; }

    /// <summary>The version that was last read or written; null when there is none.</summary>
    string? ETag { get; set; }

    /// <summary>Something is stored.</summary>
    bool RecordExists { get; set; }
}

/// <inheritdoc cref="IGrainState{T}"/>
public sealed class GrainState<T> : IGrainState<T>
{
    public GrainState() => State = default!;

    public GrainState(T state) => State = state;

    public GrainState(T state, string? eTag)
        : this(state) => ETag = eTag;

    /// <inheritdoc/>
    public T State { get; set; }

    /// <inheritdoc/>
    public string? ETag { get; set; }

    /// <inheritdoc/>
    public bool RecordExists { get; set; }
}
