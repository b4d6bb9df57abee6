namespace Etdb.Storage.Grains;

/// <summary>Grain states could not be read or written. Nothing that was acknowledged is lost; the message says what failed, where, and what to do.</summary>
public class GrainStorageException : Exception
{
    public GrainStorageException()
    {
    }

    public GrainStorageException(string message)
        : base(message)
    {
    }

    public GrainStorageException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>What is stored for a grain is not what was written: the row is left as it is, and the grain is not started with an empty state instead.</summary>
public sealed class CorruptGrainStateException : GrainStorageException
{
    public CorruptGrainStateException()
    {
    }

    public CorruptGrainStateException(string message)
        : base(message)
    {
    }

    public CorruptGrainStateException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
