using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Etdb.Testing.Postgres;

/// <summary>
/// A PostgreSQL server of the tests' own: in a temporary folder, on a free port of loopback, as an unprivileged user, without fsync. It ends when it is
/// disposed, and also when this process dies: it is held by a pipe.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Runs the server until standard input ends; then asks it to stop at once ("fast").
    private const string Holder = """
        exec 3<&0
        "$0" "$@" >>"$LOG" 2>&1 </dev/null 3<&- & server=$!
        cat <&3 >/dev/null & waiter=$!
        wait -n "$server" "$waiter"
        kill -INT "$server" 2>/dev/null
        kill "$waiter" 2>/dev/null
        wait "$server"
        """;

    private readonly PostgresInstallation _installation;
    private readonly string? _disk;
    private readonly string? _logDisk;
    private readonly TemporaryFolder _folder = new();
    private Process? _holder;
    private int _databases;

    private PostgresServer(PostgresInstallation installation, string? disk, string? logDisk) => (_installation, _disk, _logDisk) = (installation, disk, logDisk);

    /// <summary>TCP port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>True while the server's process runs.</summary>
    public bool IsRunning => _holder is { HasExited: false };

    /// <summary>What the server wrote.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string Data => _disk is null ? _folder.At("data") : Path.Combine(_disk, "data");

    private string LogPath => _folder.At("server.log");

    /// <summary>A running server, or why there can be none here.</summary>
    /// <param name="disk">Where its tables go; its log of changes stays in the temporary folder. Null: all of it there.</param>
    /// <param name="logDisk">Where its log of changes goes, in pieces of 1 MiB of which none is kept in reserve; the tables stay.</param>
    public static async Task<(PostgresServer? Server, string? Missing)> StartAsync(string? disk = null, string? logDisk = null)
    {
        var (installation, missing) = await PostgresInstallation.FindAsync();
        if (installation is null)
        {
            return (null, missing);
        }

        var server = new PostgresServer(installation, disk, logDisk);
        try
        {
            await server.InitialiseAsync();
            await server.StartOnFreePortAsync();
            return (server, null);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a new database; gives back an Npgsql connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"etdb_{Interlocked.Increment(ref _databases)}";
        await SqlAsync("postgres", $"create database {name}");
        return ConnectionString(name);
    }

    /// <summary>Connection string of a database.</summary>
    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Database={database};Username=etdb";

    /// <summary>Runs SQL with psql.</summary>
    public async Task<string> SqlAsync(string database, string sql)
    {
        var (file, arguments) = _installation.Command("psql", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "etdb", "-d", database, "-v", "ON_ERROR_STOP=1", "-X", "-A", "-t", "-c", sql);
        var (code, output) = await Shell.TryRunAsync(Limit, file, arguments);
        return code == 0 ? output.Trim() : throw new InvalidOperationException($"psql: {output}\nserver: {Tail()}");
    }

    /// <summary>Stops the server; its data stays. Connections break at once.</summary>
    public async Task StopAsync()
    {
        if (_holder is { } holder)
        {
            holder.StandardInput.Close();
            using var timeout = new CancellationTokenSource(Limit);
            await holder.WaitForExitAsync(timeout.Token);
            holder.Dispose();
            _holder = null;
        }
    }

    /// <summary>Starts it again where it was, as an init system does when it has ended; false when it does not come up.</summary>
    public async Task<bool> TryResumeAsync()
    {
        await StopAsync();
        return await TryStartAsync();
    }

    /// <summary>Starts it again where it was.</summary>
    public async Task ResumeAsync()
    {
        if (!await TryStartAsync())
        {
            throw new InvalidOperationException($"PostgreSQL did not come back on port {Port}:\n{Tail()}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private async Task InitialiseAsync()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(LogPath, "");
        if (_installation.RunAs is { } user)
        {
            await Shell.TryRunAsync(Limit, "chown", "-R", user, _folder.Path, Data, _logDisk ?? Data);
        }

        string[] apart = _logDisk is not null ? ["--waldir", Path.Combine(_logDisk, "wal"), "--wal-segsize=1"] : _disk is not null ? ["--waldir", _folder.At("wal")] : [];
        var (file, arguments) = _installation.Command("initdb", ["-D", Data, "-U", "etdb", "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", .. apart]);
        var (code, output) = await Shell.TryRunAsync(Limit, file, arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"initdb failed: {output}");
        }
    }

    // Between finding a free port and the server taking it another process may; then it is another one's turn.
    private async Task StartOnFreePortAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            using (var socket = new TcpListener(IPAddress.Loopback, 0))
            {
                socket.Start();
                Port = ((IPEndPoint)socket.LocalEndpoint).Port;
            }

            if (await TryStartAsync())
            {
                return;
            }

            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"PostgreSQL did not start:\n{Tail()}");
            }
        }
    }

    private async Task<bool> TryStartAsync()
    {
        string[] settings =
        [
            "-D", Data, "-c", "listen_addresses=127.0.0.1", "-c", $"port={Port}", "-c", $"unix_socket_directories={Data}", "-c", "fsync=off", "-c", "full_page_writes=off",
            "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "dynamic_shared_memory_type=posix",
        ];
        settings = _logDisk is null ? settings : [.. settings, "-c", "min_wal_size=2MB", "-c", "max_wal_size=8MB"];
        var postgres = Path.Combine(_installation.Bin, "postgres");
        string[] command = _installation.RunAs is { } user
            ? ["runuser", "-u", user, "--", "bash", "-c", Holder, postgres, .. settings]
            : ["bash", "-c", Holder, postgres, .. settings];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = "/" };
        start.Environment["LOG"] = LogPath;
        _holder = Process.Start(start)!;
        var (file, arguments) = _installation.Command("pg_isready", "-q", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "etdb", "-d", "postgres");
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Limit && !_holder.HasExited;)
        {
            if ((await Shell.TryRunAsync(Limit, file, arguments)).Code == 0)
            {
                return true;
            }

            await Task.Delay(50);
        }

        await StopAsync();
        return false;
    }

    private string Tail() => Log is { Length: > 2000 } log ? "…" + log[^2000..] : Log;
}
