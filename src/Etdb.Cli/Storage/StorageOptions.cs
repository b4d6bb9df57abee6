using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Serve;
using Etdb.Ledger.Indexing;
using Etdb.Silo.Adapters;
using Etdb.Silo.Hosting;
using Etdb.Storage.Postgres;
using Etdb.Storage.Transfer;

namespace Etdb.Cli.Storage;

/// <summary>Which storage a command means: that of a configuration file, or the SQLite files of a data folder.</summary>
internal static class StorageOptions
{
    public static Option<FileInfo?> Config { get; } = new("--config") { Description = "Configuration file of the silo.", HelpName = "FILE" };

    public static Option<string?> Data { get; } = new("--data") { Description = "Data folder of a silo on SQLite, instead of a configuration file." };

    public static Option<bool> Yes { get; } = new("--yes") { Description = "Do it without asking." };

    public static T WithStorage<T>(this T command)
        where T : Command
    {
        command.Options.Add(Config);
        command.Options.Add(Data);
        return command;
    }

    /// <summary>The options of the silo meant.</summary>
    public static SiloOptions Silo(ParseResult result)
    {
        var (config, data) = (result.GetValue(Config), result.GetValue(Data));
        if (config is null == data is null)
        {
            throw new CliException("name either a configuration file (--config) or a data folder (--data).");
        }

        return config is not null ? ConfigurationFile.Read(config).Silo : new SiloOptions { DataFolder = Path.GetFullPath(data!) };
    }

    /// <summary>The storage of that silo. Files between two states are of use to a restore only.</summary>
    public static StorageSite Site(SiloOptions silo, bool isRestoring = false)
    {
        if (silo.OnPostgres)
        {
            return StorageSite.Postgres(new PostgresDatabase(silo.Postgres));
        }

        return isRestoring || UnfinishedRestore.Look(silo.DataFolder) is not { } problem ? StorageSite.Sqlite(silo.DataFolder) : throw new CliException(problem);
    }

    /// <summary>The data folder for writing into, held so that no silo can run on it; null on PostgreSQL, where the database itself has to be empty.</summary>
    public static DataFolder? Hold(SiloOptions silo)
    {
        if (silo.OnPostgres)
        {
            return null;
        }

        var folder = DataFolder.Open(silo.DataFolder, "silo");
        silo.DataFolder = folder.Path;
        return folder;
    }

    /// <summary>The storage of a silo that has run there: a folder that was mistyped is not to look like an empty cluster.</summary>
    public static StorageSite Existing(SiloOptions silo)
    {
        var site = Site(silo);
        return site.Exists ? site : throw new CliException($"'{site.Name}' holds no cluster; is it the data folder of a silo?");
    }

    /// <summary>
    /// Grains that come from elsewhere have heard another index than the one that may lie here: its events are numbered anew for them. Done before they come, and not where a cluster is:
    /// nothing is imported there.
    /// </summary>
    public static async Task ForgetNumberingAsync(SiloOptions silo, StorageSite site, CancellationToken ct)
    {
        if (!silo.OnPostgres && !await site.HasStatesAsync(ct))
        {
            LedgerIndexStore.ForgetNumbering(Path.Combine(silo.DataFolder, LedgerFeed.FileName));
        }
    }

    /// <summary>Asks before something is replaced. Without a terminal the answer is no: then <c>--yes</c> is needed.</summary>
    public static bool Confirmed(ParseResult result, CliOutput output, string what)
    {
        if (result.GetValue(Yes))
        {
            return true;
        }

        if (Console.IsInputRedirected || output.IsJson)
        {
            return false;
        }

        output.Messages.Write($"{what} Type 'yes' to go on: ");
        return Console.ReadLine()?.Trim() == "yes";
    }

    /// <summary>Failures of a database as one line.</summary>
    public static async Task<int> RunAsync(Func<Task<int>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception e) when (e is System.Data.Common.DbException or Etdb.Storage.Grains.GrainStorageException or Etdb.Storage.Sqlite.NewerSchemaException
            or InvalidOperationException or NotSupportedException or TimeoutException)
        {
            throw new CliException(e.Message, e) { ExitCode = CliExit.No };
        }
    }
}
