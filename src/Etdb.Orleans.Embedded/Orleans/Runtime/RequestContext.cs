using Etdb.Orleans.Embedded.Engine;

namespace Orleans.Runtime;

/// <summary>Values that travel with calls: what a caller sets is seen by what it calls, never the other way round.</summary>
public static class RequestContext
{
    /// <summary>Names the section of calls that may re-enter; empty when there is none.</summary>
    public static Guid ReentrancyId
    {
        get => CallContext.Current?.ReentrancyId ?? Guid.Empty;
        set => CallContext.Current = CallContext.With(value);
    }

    /// <summary>Names of the values.</summary>
    public static IEnumerable<string> Keys => CallContext.Current?.Values.Keys ?? [];

    /// <summary>The values.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries => CallContext.Current?.Values ?? [];

    /// <summary>Until the section is disposed, calls made in it may come back to this activation without waiting for the current call.</summary>
    public static ReentrancySection AllowCallChainReentrancy()
    {
        var original = ReentrancyId;
        return new ReentrancySection(original, original == Guid.Empty ? CallContext.NextReentrancyId() : original);
    }

    /// <summary>Until the section is disposed, calls made in it must queue even where an outer section allowed them to re-enter.</summary>
    public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

    /// <summary>A value; null when it is not set.</summary>
    public static object? Get(string key) => CallContext.Current?.Values.GetValueOrDefault(key);

    /// <summary>Sets a value for the rest of this asynchronous flow.</summary>
    public static void Set(string key, object value)
    {
        ArgumentNullException.ThrowIfNull(key);
        CallContext.Current = CallContext.With(key, value);
    }

    /// <summary>Removes a value; false when there was none.</summary>
    public static bool Remove(string key)
    {
        var present = CallContext.Current?.Values.ContainsKey(key) == true;
        if (present)
        {
            CallContext.Current = CallContext.Without(key);
        }

        return present;
    }

    /// <summary>Removes all values.</summary>
    public static void Clear() => CallContext.Current = null;

    /// <summary>A section of code whose calls carry a reentrancy id; ends when disposed.</summary>
    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _entered;
        private readonly Activation? _activation;

        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            _original = originalReentrancyId;
            _entered = newReentrancyId;
            _activation = Activation.Current;
            if (newReentrancyId != Guid.Empty)
            {
                _activation?.EnterReentrantSection(newReentrancyId);
            }

            RequestContext.ReentrancyId = newReentrancyId;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_entered != Guid.Empty)
            {
                _activation?.LeaveReentrantSection(_entered);
            }

            RequestContext.ReentrancyId = _original;
        }
    }
}
