using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>The stored state is not the one the writer had read. The runtime ends an activation whose call fails with it.</summary>
public class InconsistentStateException : OrleansException
{
    public InconsistentStateException()
    {
    }

    public InconsistentStateException(string message)
        : base(message)
    {
    }

    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
        : this(storageException.Message, storedEtag, currentEtag, storageException)
    {
    }

    /// <summary>Thrown by a state of the activation that runs, not passed on from another grain: that activation must end.</summary>
    internal bool IsSourceActivation { get; set; }

    /// <summary>What is stored.</summary>
    public string? StoredEtag { get; }

    /// <summary>What the writer had.</summary>
    public string? CurrentEtag { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{base.ToString()} (stored ETag {StoredEtag ?? "none"}, writer's ETag {CurrentEtag ?? "none"})";
}

/// <summary>A storage provider is missing or wrongly configured.</summary>
public sealed class BadProviderConfigException : OrleansException
{
    public BadProviderConfigException()
    {
    }

    public BadProviderConfigException(string msg)
        : base(msg)
    {
    }

    public BadProviderConfigException(string msg, Exception exc)
        : base(msg, exc)
    {
    }
}
