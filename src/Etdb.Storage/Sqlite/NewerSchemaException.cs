namespace Etdb.Storage.Sqlite;

/// <summary>A database was written by a newer version of this software. Nothing in it was touched; the message says what to do.</summary>
public sealed class NewerSchemaException : Exception
{
    public NewerSchemaException()
    {
    }

    public NewerSchemaException(string message)
        : base(message)
    {
    }

    public NewerSchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
