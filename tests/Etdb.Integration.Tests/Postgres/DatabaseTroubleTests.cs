using System.Net;
using System.Net.Http.Json;
using Etdb.Integration.Tests.Cluster;
using Etdb.Integration.Tests.Security;
using Etdb.Testing;
using Etdb.Testing.Postgres;
using Microsoft.Data.Sqlite;

namespace Etdb.Integration.Tests.Postgres;

/// <summary>Real silos on databases that fail: they say what is wrong, lose nothing, and go on by themselves when it is mended.</summary>
public sealed class DatabaseTroubleTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_goes_and_comes_back_costs_nothing_that_was_acknowledged()
    {
        // A server of its own: the shared one must not be stopped under other tests.
        var (server, missing) = await PostgresServer.StartAsync();
        Assert.SkipWhen(server is null, missing ?? "");
        await using (server)
        {
            await using var world = await LabWorld.StartAsync(1, Ct);
            var connection = await server!.CreateDatabaseAsync();
            await server.StopAsync();
            await using var silo = new SiloProcess("one", SiloConfig.Write(world, "one", connection));
            await silo.StartAsync();
            await silo.WaitReadyAsync(Ct, "does not answer");
            await server.ResumeAsync();
            await silo.WaitReadyAsync(Ct);
            var id = await world.PublishAsync(silo.Address, Ct);

            await server.StopAsync();
            await silo.WaitReadyAsync(Ct, "does not answer");
            using (var http = new HttpClient())
            using (var answer = await http.GetAsync(new Uri(silo.Address, $"api/v1/datasets/{id}"), Ct))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.NotNull(answer.Headers.RetryAfter);
            }

            var during = world.PublishAsync(silo.Address, Ct);
            await server.ResumeAsync();
            await silo.WaitReadyAsync(Ct);
            string[] both = [id, await during];
            await WaitForAsync(silo, both);
        }
    }

    [Fact]
    public async Task A_full_disk_under_the_server_is_named_and_costs_nothing()
    {
        using var disk = SmallDisk.TryMount(128 << 20, out var reason);
        Assert.SkipWhen(disk is null, reason);
        var (server, missing) = await PostgresServer.StartAsync(disk!.Path);
        Assert.SkipWhen(server is null, missing ?? "");
        await using (server)
        {
            await using var world = await LabWorld.StartAsync(1, Ct);
            var connection = await server!.CreateDatabaseAsync();
            await using var silo = new SiloProcess("one", SiloConfig.Write(world, "one", connection));
            await silo.StartAsync();
            await silo.WaitReadyAsync(Ct);
            var before = await world.PublishAsync(silo.Address, Ct);
            await WaitForAsync(silo, [before]);

            // The server goes on answering; only what has to grow fails.
            disk.Fill(leave: 0);
            var during = world.PublishAsync(silo.Address, Ct);
            await silo.WaitReadyAsync(Ct, "disk is full");
            await silo.GetAsync($"api/v1/datasets/{before}", Ct);
            disk.Free();
            await silo.WaitReadyAsync(Ct);
            await WaitForAsync(silo, [before, await during]);
            Assert.DoesNotContain("a new one begins", silo.Log, StringComparison.Ordinal);
            Assert.Equal(0, await silo.StopAsync());
        }
    }

    /// <summary>
    /// Without room for its log of changes a server ends all its processes, and itself when it cannot recover: whatever looks after it starts it again, and again. A silo only waits.
    /// </summary>
    [Fact]
    public async Task A_full_disk_under_the_servers_log_is_outlived_and_costs_nothing_acknowledged()
    {
        using var disk = SmallDisk.TryMount(96 << 20, out var reason);
        Assert.SkipWhen(disk is null, reason);
        var (server, missing) = await PostgresServer.StartAsync(logDisk: disk!.Path);
        Assert.SkipWhen(server is null, missing ?? "");
        await using (server)
        {
            await using var world = await LabWorld.StartAsync(1, Ct);
            var connection = await server!.CreateDatabaseAsync();
            await using var silo = new SiloProcess("one", SiloConfig.Write(world, "one", connection));
            await silo.StartAsync();
            await silo.WaitReadyAsync(Ct);
            var before = await world.PublishAsync(silo.Address, Ct);
            await WaitForAsync(silo, [before]);
            var may = new List<string> { "first" };
            Assert.True(await PauseAsync(silo, "first"));

            // Something writes until there is no room: the server panics.
            disk.Fill(leave: 0);
            await Assert.ThrowsAsync<InvalidOperationException>(() => server.SqlAsync("postgres", "create table much as select repeat('x', 1000) from generate_series(1, 20000)"));
            Assert.Contains("PANIC", server.Log, StringComparison.Ordinal);
            await silo.WaitReadyAsync(Ct, "It is tried again");
            foreach (var again in new[] { "second", "third" })
            {
                _ = server.IsRunning || await server.TryResumeAsync(); // It may come up for as long as little is written, or not at all.
                may = await PauseAsync(silo, again) ? [again] : [.. may, again]; // What was not acknowledged may have come through all the same.
            }

            var during = world.PublishAsync(silo.Address, Ct);
            disk.Free();
            await SiloUnderTest.WaitAsync(async () => server.IsRunning || await server.TryResumeAsync(), "the server, once it has room");
            await silo.WaitReadyAsync(Ct);
            await WaitForAsync(silo, [before, await during]);
            var brakes = (await silo.GetAsync("api/v1/cluster", Ct)).GetProperty("brakes").GetRawText();
            Assert.Contains(may, reason => brakes.Contains(reason, StringComparison.Ordinal));
            Assert.DoesNotContain("a new one begins", silo.Log, StringComparison.Ordinal);
            Assert.Equal(0, await silo.StopAsync());
        }
    }

    /// <summary>A forgotten transaction of somebody else: the server answers, and every change waits.</summary>
    [Fact]
    public async Task A_table_that_somebody_else_has_locked_is_named_with_who_holds_it()
    {
        await using var world = await LabWorld.StartAsync(1, Ct);
        var connection = await (await postgres.ServerAsync()).CreateDatabaseAsync();
        await using var silo = new SiloProcess("one", SiloConfig.Write(world, "one", connection));
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct);
        await using var source = Npgsql.NpgsqlDataSource.Create(connection + ";Application Name=by hand");
        await using (var other = await source.OpenConnectionAsync(Ct))
        {
            await using var transaction = await other.BeginTransactionAsync(Ct);
            await using var command = other.CreateCommand();
            command.CommandText = "lock table grain_state in access exclusive mode";
            await command.ExecuteNonQueryAsync(Ct);
            Assert.False(await PauseAsync(silo, "locked out"));
            await silo.WaitReadyAsync(Ct, "of etdb (by hand) holds a lock");
        }

        await silo.WaitReadyAsync(Ct);
        Assert.True(await PauseAsync(silo, "let in"));
        Assert.Equal(0, await silo.StopAsync());
    }

    [Fact]
    public async Task A_name_that_is_taken_keeps_the_second_silo_waiting()
    {
        var server = await postgres.ServerAsync();
        var connection = await server.CreateDatabaseAsync();
        await using var world = await LabWorld.StartAsync(1, Ct);
        await using var first = new SiloProcess("twin", SiloConfig.Write(world, "first", connection, d => d["Silo"]!["SiloName"] = "twin"));
        await first.StartAsync();
        await first.WaitReadyAsync(Ct);
        await using var second = new SiloProcess("twin", SiloConfig.Write(world, "second", connection, d => d["Silo"]!["SiloName"] = "twin"));
        await second.StartAsync();
        await second.WaitReadyAsync(Ct, "running already");
        await using var stranger = new SiloProcess("stranger", SiloConfig.Write(world, "third", connection, d => d["Silo"]!["ClusterId"] = "others"));
        await stranger.StartAsync();
        await stranger.WaitReadyAsync(Ct, "belongs to the cluster 'etdb'");
        await first.KillAsync();
        await second.WaitReadyAsync(Ct);
    }

    [Fact]
    public async Task A_newer_schema_keeps_the_silo_waiting_until_it_is_gone()
    {
        var server = await postgres.ServerAsync();
        var connection = await server.CreateDatabaseAsync();
        var database = connection.Split(';').First(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        await server.SqlAsync(database, "create table migration (area text not null, number integer not null, primary key (area, number)); insert into migration values ('evidence', 99)");
        await using var world = await LabWorld.StartAsync(1, Ct);
        await using var silo = new SiloProcess("one", SiloConfig.Write(world, "one", connection));
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct, "evidence schema 99");
        Assert.Equal("99", await server.SqlAsync(database, "select max(number) from migration where area = 'evidence'"));
        await server.SqlAsync(database, "delete from migration where area = 'evidence'");
        await silo.WaitReadyAsync(Ct);
    }

    [Fact]
    public async Task Files_that_are_locked_or_cut_off_are_named_and_mended_without_hands()
    {
        await using var world = await LabWorld.StartAsync(1, Ct);
        var config = SiloConfig.Write(world, "files", null);
        await using var silo = new SiloProcess("files", config);
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct);
        var id = await world.PublishAsync(silo.Address, Ct);
        await WaitForAsync(silo, [id]);

        // Another process holds the grain states: nothing is acknowledged, and it passes.
        await using (var other = new SqliteConnection($"Data Source={world.At("files", "grains.db")};Pooling=False"))
        {
            await other.OpenAsync(Ct);
            await ExecuteAsync(other, "begin immediate");
            await silo.WaitReadyAsync(Ct, "locked");
            await ExecuteAsync(other, "rollback");
        }

        await silo.WaitReadyAsync(Ct);
        await RunAsync("backup", "--config", config, "--out", world.At("backup"));
        Assert.Equal(0, await silo.StopAsync());
        await ImportAsync(world, config);

        // Half a file: the silo waits, says so, and starts once the backup is in its place. The catalogue needs none: it is made again from the grains.
        // Grain states that are missing are not begun anew.
        File.Move(world.At("files", "grains.db"), world.At("grains.db"));
        await CutAsync(world.At("files", "evidence.db"));
        await CutAsync(world.At("files", "catalogue.db"));
        await CutAsync(world.At("files", "ledger.db"));
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct, "cut off");
        File.Copy(world.At("backup", "evidence.db"), world.At("files", "evidence.copy"));
        foreach (var part in new[] { "-wal", "-shm" })
        {
            File.Delete(world.At("files", "evidence.db") + part);
        }

        File.Move(world.At("files", "evidence.copy"), world.At("files", "evidence.db"), overwrite: true);
        await silo.WaitReadyAsync(Ct, "is missing");
        File.Move(world.At("grains.db"), world.At("files", "grains.db"));
        await silo.WaitReadyAsync(Ct, "ledger.db' is damaged");
        File.Delete(world.At("files", "ledger.db"));
        await silo.WaitReadyAsync(Ct);
        await WaitForAsync(silo, [id, await world.PublishAsync(silo.Address, Ct)]);
        Assert.NotEmpty(Directory.GetFiles(world.At("files"), "catalogue.db.damaged-*"));
    }

    [Fact]
    public async Task A_full_disk_is_named_and_costs_nothing()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can mount a small file system to fill.");
        await using var world = await LabWorld.StartAsync(1, Ct);
        var mount = world.At("small");
        Directory.CreateDirectory(mount);
        Assert.SkipUnless(Mount("-t", "tmpfs", "-o", "size=48m", "tmpfs", mount), "This machine does not let root mount a tmpfs.");
        try
        {
            await using var silo = new SiloProcess("small", SiloConfig.Write(world, "small-config", null, d => d["Silo"]!["DataFolder"] = Path.Combine(mount, "silo")));
            await silo.StartAsync();
            await silo.WaitReadyAsync(Ct);
            var before = await world.PublishAsync(silo.Address, Ct);
            Fill(Path.Combine(mount, "filler"));
            var during = world.PublishAsync(silo.Address, Ct);
            await silo.WaitReadyAsync(Ct, "full");
            File.Delete(Path.Combine(mount, "filler"));
            await silo.WaitReadyAsync(Ct);
            await WaitForAsync(silo, [before, await during]);
            Assert.Equal(0, await silo.StopAsync());
        }
        finally
        {
            using var unmount = System.Diagnostics.Process.Start("umount", ["-l", mount]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>Sets the operator's brake for that reason; true when that was acknowledged.</summary>
    private static async Task<bool> PauseAsync(SiloProcess silo, string reason)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await http.PostAsJsonAsync(new Uri(silo.Address, "api/v1/brake"), new { author = "test", reason, on = true }, Ct);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !Ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool Mount(params string[] arguments)
    {
        using var mount = System.Diagnostics.Process.Start("mount", arguments);
        mount.WaitForExit();
        return mount.ExitCode == 0;
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
        for (var size = 1 << 20; size > 0; size /= 16)
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[size]);
                }
            }
            catch (IOException)
            {
                // Full for pieces of this size; a smaller one may still fit.
            }
        }
    }

    private static async Task CutAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open);
        file.SetLength(file.Length / 2);
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>An import over a cluster is refused and leaves the numbers of its index; into a folder where only an index is left, it has that index number anew.</summary>
    private static async Task ImportAsync(LabWorld world, string config)
    {
        await RunAsync("export", "--config", config, "--out", world.At("all.jsonl"));
        var (code, _, errors) = await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), "import", "--config", config, "--from", world.At("all.jsonl"), "--yes");
        Assert.True(code != 0 && errors.Contains("already", StringComparison.Ordinal), errors);
        Assert.True(await NumberedAsync(world.At("files", "ledger.db")));

        Directory.CreateDirectory(world.At("moved"));
        foreach (var kept in new[] { "etdb.json", "ledger.db" })
        {
            File.Copy(world.At("files", kept), world.At("moved", kept));
        }

        await RunAsync("import", "--data", world.At("moved"), "--from", world.At("all.jsonl"), "--yes");
        Assert.False(await NumberedAsync(world.At("moved", "ledger.db")));
    }

    private static async Task<bool> NumberedAsync(string index)
    {
        await using var connection = new SqliteConnection($"Data Source={index};Pooling=False");
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from meta where key = 'numbering-offset'";
        return (long)(await command.ExecuteScalarAsync(Ct))! == 1;
    }

    private static async Task RunAsync(params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), arguments);
        Assert.True(code == 0, $"etdb {string.Join(' ', arguments)} ended with {code}:\n{output}\n{errors}");
    }

    private static async Task WaitForAsync(SiloProcess silo, IEnumerable<string> datasets)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        foreach (var id in datasets)
        {
            while (true)
            {
                try
                {
                    await silo.GetAsync($"api/v1/datasets/{id}", limit.Token);
                    break;
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(200, limit.Token);
                }
            }
        }
    }
}
