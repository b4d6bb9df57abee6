namespace Orleans.Runtime;

/// <summary>Base of what the runtime itself throws.</summary>
public class OrleansException : Exception
{
    public OrleansException()
    {
    }

    public OrleansException(string message)
        : base(message)
    {
    }

    public OrleansException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The call was refused before it ran.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message)
        : base(message)
    {
    }

    internal OrleansMessageRejectionException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The process is not running, or stops, and takes no calls.</summary>
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    public SiloUnavailableException()
        : base("The silo is not available.")
    {
    }

    public SiloUnavailableException(string msg)
        : base(msg)
    {
    }

    public SiloUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A queue is full: the caller should slow down and try again later.</summary>
public sealed class LimitExceededException : OrleansException
{
    public LimitExceededException()
        : this("Limit exceeded.")
    {
    }

    public LimitExceededException(string message)
        : base(message)
    {
    }

    public LimitExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public LimitExceededException(string limitName, int current, int threshold, object extraInfo)
        : base($"Limit {limitName} exceeded: {current} of {threshold}. {extraInfo}")
    {
    }
}

/// <summary>A reminder could not be made, found or ended.</summary>
public sealed class ReminderException : OrleansException
{
    public ReminderException(string message)
        : base(message)
    {
    }
}
