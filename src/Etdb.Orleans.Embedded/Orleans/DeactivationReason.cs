namespace Orleans;

/// <summary>Why an activation ended.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>No reason was given.</summary>
    None = 0,

    /// <summary>The process is stopping.</summary>
    ShuttingDown = 1,

    /// <summary>The activation could not be set up.</summary>
    ActivationFailed = 2,

    /// <summary>The directory of activations failed.</summary>
    DirectoryFailure = 3,

    /// <summary>Nobody called for longer than the collection age.</summary>
    ActivationIdle = 4,

    /// <summary>The activation does not answer.</summary>
    ActivationUnresponsive = 5,

    /// <summary>Another activation of the grain won.</summary>
    DuplicateActivation = 6,

    /// <summary>A request of another interface version needs another activation.</summary>
    IncompatibleRequest = 7,

    /// <summary>The grain's code failed.</summary>
    ApplicationError = 8,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested = 9,

    /// <summary>The grain moves to another process.</summary>
    Migrating = 10,

    /// <summary>The runtime asked for it.</summary>
    RuntimeRequested = 11,

    /// <summary>Memory is short.</summary>
    HighMemoryPressure = 12,
}

/// <summary>Why an activation ended, with the words and the exception that go with it.</summary>
public readonly struct DeactivationReason : IEquatable<DeactivationReason>
{
    public DeactivationReason(DeactivationReasonCode code, string text)
        : this(code, null, text)
    {
    }

    public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
    {
        ReasonCode = code;
        Exception = exception;
        Description = text;
    }

    /// <summary>In words.</summary>
    public string Description { get; }

    /// <summary>As a code.</summary>
    public DeactivationReasonCode ReasonCode { get; }

    /// <summary>What was thrown; null when nothing was.</summary>
    public Exception? Exception { get; }

    public static bool operator ==(DeactivationReason left, DeactivationReason right) => left.Equals(right);

    public static bool operator !=(DeactivationReason left, DeactivationReason right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(DeactivationReason other) =>
        ReasonCode == other.ReasonCode && Description == other.Description && Equals(Exception, other.Exception);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DeactivationReason other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ReasonCode, Description, Exception);

    /// <inheritdoc/>
    public override string ToString() => Exception is null ? $"{ReasonCode}: {Description}." : $"{ReasonCode}: {Description}. Exception: {Exception}";
}
