using Etdb.Storage.Grains;
using Npgsql;

namespace Etdb.Storage.Postgres;

/// <summary>Says what a failure of the server means and what to do about it.</summary>
internal static class PostgresProblems
{
    /// <summary>The failure as a grain sees it.</summary>
    public static GrainStorageException Explain(Exception failure, string place, string what) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => new($"'{place}' could not be {what}: the server's disk is full. Nothing of it was stored; free some space.", failure),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
            new($"'{place}' could not be {what}: the server takes no more connections. Raise max_connections, or lower Postgres:MostConnections.", failure),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            new($"'{place}' could not be {what}: the server refused the user or password. Check Postgres:PasswordFile and pg_hba.conf.", failure),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
            new($"'{place}' could not be {what}: the server is read-only (a standby?). Point Postgres:ConnectionString to the primary.", failure),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable } => new($"'{place}' could not be {what}: its tables are missing ({failure.Message}). Restart the silo: it makes them.", failure),
        PostgresException e when e.SqlState.StartsWith("57P", StringComparison.Ordinal) => new($"'{place}' could not be {what}: the server is stopping or starting. It is tried again.", failure),
        PostgresException e => new($"'{place}' could not be {what}: {e.MessageText} ({e.SqlState}).", failure),
        _ => new($"'{place}' could not be {what}: the server does not answer ({failure.Message}). It is tried again; start the server, or check the network.", failure),
    };
}
