using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Cli.Serve;
using Etdb.Domain.Audit;
using Etdb.Storage.Postgres;
using Etdb.Storage.Sqlite;

namespace Etdb.Cli.Evidence;

/// <summary>
/// Where a log is read from: a file, a database or a silo's API. Whichever it is, every entry comes with all that its hash covers, and is hashed here again: the
/// source is not believed.
/// </summary>
internal abstract class EvidenceSource : IAsyncDisposable
{
    /// <summary>Options of every command that reads a log.</summary>
    public static Argument<string?> File { get; } = new("FILE") { Description = "The log (evidence.db).", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>A folder in place of the file.</summary>
    public static Option<string?> Data { get; } = new("--data") { Description = "Data folder of a silo or demo, instead of the file." };

    /// <summary>A silo's configuration in place of the file.</summary>
    public static Option<FileInfo?> Config { get; } = new("--config") { Description = "Configuration file of a silo: its PostgreSQL or its data folder is read.", HelpName = "FILE" };

    /// <summary>For people.</summary>
    public abstract string Name { get; }

    /// <summary>Where the source says that its log ends; null while that is not known, and of a source that says nothing.</summary>
    public EvidenceHead? Promised { get; protected set; }

    /// <summary>The source the options name: exactly one of FILE, --data, --config, else the silo of --server or ETDB_SERVER.</summary>
    public static EvidenceSource Of(ParseResult result)
    {
        var (file, data, config) = (result.GetValue(File), result.GetValue(Data), result.GetValue(Config));
        var given = new object?[] { file, data, config }.Count(o => o is not null);
        var server = result.GetResult(ServerOptions.Server) is { Implicit: false } || Environment.GetEnvironmentVariable("ETDB_SERVER") is { Length: > 0 };
        if (given > 1 || (given == 0 && !server))
        {
            throw new CliException("name one log: a file, a data folder (--data), the configuration of a silo (--config), or a running silo (--server).");
        }

        if (config is not null)
        {
            var silo = ConfigurationFile.Read(config).Silo;
            return silo.OnPostgres ? new DatabaseEvidence(new PostgresDatabase(silo.Postgres)) : new FileEvidence(Find(null, silo.DataFolder));
        }

        return given == 0 ? new ServerEvidence(ServerOptions.Client(result), ServerOptions.Address(result)) : new FileEvidence(Find(file, data));
    }

    /// <summary>Every entry, oldest first. May be called again for another pass.</summary>
    public abstract IAsyncEnumerable<EvidenceEntry> ReadAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>The file itself, or the one of a data folder (a demo keeps its silo's files one folder deeper).</summary>
    private static string Find(string? file, string? data)
    {
        string[] candidates = file is not null ? [file] : [Path.Combine(data!, SqliteEvidenceLog.FileName), Path.Combine(data!, "silo", SqliteEvidenceLog.FileName)];
        return candidates.FirstOrDefault(System.IO.File.Exists) ?? throw new CliException($"there is no evidence log at '{candidates[0]}'; name the file, or with --data the folder of a silo.");
    }

    private sealed class FileEvidence(string path) : EvidenceSource
    {
        public override string Name => path;

        public override IAsyncEnumerable<EvidenceEntry> ReadAsync(CancellationToken cancellationToken) => SqliteEvidenceLog.ReadAsync(path, 0, cancellationToken);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class DatabaseEvidence(PostgresDatabase database) : EvidenceSource
    {
        private readonly PostgresEvidenceLog _log = new(database);

        public override string Name => database.Name;

        public override IAsyncEnumerable<EvidenceEntry> ReadAsync(CancellationToken cancellationToken) => _log.ReadAsync(0, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            _log.Dispose();
            await database.DisposeAsync();
        }
    }
}
