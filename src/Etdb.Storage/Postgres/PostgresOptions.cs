using Npgsql;

namespace Etdb.Storage.Postgres;

/// <summary>How the PostgreSQL server (15 or newer) is reached. The password comes from a file or the environment, never from the connection string in a configuration file.</summary>
public sealed class PostgresOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Postgres";

    /// <summary>What sessions of silos are called on the server.</summary>
    public const string ApplicationName = "etdb";

    /// <summary>Environment variable that may hold the password.</summary>
    public const string PasswordVariable = "ETDB_POSTGRES_PASSWORD";

    /// <summary>Npgsql connection string without a password, e.g. <c>Host=db.example;Database=etdb;Username=etdb;SSL Mode=VerifyFull</c>. Required for storage <c>postgres</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>File that holds the password; its first line is taken. Null: the environment variable <c>ETDB_POSTGRES_PASSWORD</c>, or none (peer, certificate).</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Connections one silo may have open. 8..500, default 24.</summary>
    public int MostConnections { get; set; } = 24;

    /// <summary>Longest wait for one statement. 1 s..10 min, default 30 s.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Everything wrong with these options, by key.</summary>
    public IEnumerable<string> Problems()
    {
        NpgsqlConnectionStringBuilder? parsed = null;
        string? unreadable = null;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(ConnectionString);
        }
        catch (ArgumentException e)
        {
            unreadable = e.Message;
        }

        if (parsed is null || string.IsNullOrEmpty(parsed.Host) || string.IsNullOrEmpty(parsed.Database))
        {
            yield return $"Postgres:ConnectionString must name Host and Database, e.g. Host=127.0.0.1;Database=etdb;Username=etdb{(unreadable is null ? "." : $" ({unreadable})")}";
        }
        else if (!string.IsNullOrEmpty(parsed.Password))
        {
            yield return $"Postgres:ConnectionString holds a password; put it into a file named by Postgres:PasswordFile, or into the environment variable {PasswordVariable}.";
        }

        if (MostConnections is < 8 or > 500)
        {
            yield return $"Postgres:MostConnections is {MostConnections}; it must be within 8..500.";
        }

        if (CommandTimeout < TimeSpan.FromSeconds(1) || CommandTimeout > TimeSpan.FromMinutes(10))
        {
            yield return $"Postgres:CommandTimeout is {CommandTimeout}; it must be within 1 s..10 min.";
        }
    }

    /// <summary>Of the connections those that readers of the catalogue have to themselves.</summary>
    internal int Readers => Math.Max(2, MostConnections / 4);

    /// <summary>The whole connection string, with the secret. Not to be logged.</summary>
    internal string Complete() => Completed(MostConnections - Readers, "");

    /// <summary>
    /// The same for readers of the catalogue. Each question is planned by its values: a word that most datasets have is read from the table, a rare one by its index, and one plan for both is
    /// wrong for one of them. A search that looks at the first matches has to meet the same ones on each page, so that no scan may begin where another is, or be shared among processes.
    /// Compiling a plan takes longer than any of them runs.
    /// </summary>
    internal string CompleteForReaders()
        => Completed(Readers, "-c plan_cache_mode=force_custom_plan -c synchronize_seqscans=off -c max_parallel_workers_per_gather=0 -c jit=off -c default_transaction_read_only=on ");

    private string Completed(int connections, string settings)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            MaxPoolSize = connections,
            CommandTimeout = (int)CommandTimeout.TotalSeconds,
            ApplicationName = ApplicationName,
            MaxAutoPrepare = 40,
            AutoPrepareMinUsages = 3,
        };
        if (!builder.ContainsKey("Timeout") || builder.Timeout == 15)
        {
            builder.Timeout = 5; // A server that does not answer within 5 s is down as far as a grain is concerned.
        }

        // A silo that stands still within a transaction (suspended, starved, cut off) would keep its locks: the server ends that transaction before others give up on their statements.
        var idle = $"{settings}-c idle_in_transaction_session_timeout={(int)(CommandTimeout / 2).TotalMilliseconds}";
        builder.Options = string.IsNullOrEmpty(builder.Options) ? idle : $"{idle} {builder.Options}";
        var password = PasswordFile is { Length: > 0 } file ? File.ReadLines(file).FirstOrDefault()?.Trim() : Environment.GetEnvironmentVariable(PasswordVariable);
        if (!string.IsNullOrEmpty(password))
        {
            builder.Password = password;
        }

        return builder.ConnectionString;
    }
}
