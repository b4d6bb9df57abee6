using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Etdb.Integration.Tests.Cluster;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Postgres;

/// <summary>A silo serves only with the key its cluster's credentials are sealed with; a backup says that the key is not in it, and can copy it elsewhere.</summary>
public sealed class SecretKeyTests(PostgresFixture postgres)
{
    private const string Digits = "[0-9a-f]{8}";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_with_another_key_waits_until_it_has_the_clusters()
    {
        var connection = await (await postgres.ServerAsync()).CreateDatabaseAsync();
        await using var world = await LabWorld.StartAsync(1, Ct);
        await using var first = new SiloProcess("first", SiloConfig.Write(world, "first", connection, d => d.Remove("Secrets")));
        await first.StartAsync();
        await first.WaitReadyAsync(Ct);
        Assert.Equal(0, await first.StopAsync());
        var key = await File.ReadAllTextAsync(world.At("first", "secret.key"), Ct);

        var keyFile = world.At("second.key");
        await using var second = new SiloProcess("second", SiloConfig.Write(world, "second", connection, d => d["Secrets"] = new JsonObject { ["KeyFile"] = keyFile }));
        await second.StartAsync();
        await second.WaitReadyAsync(Ct, "is not there");
        await File.WriteAllTextAsync(keyFile, "half a k", Ct);
        await second.WaitReadyAsync(Ct, "holds no key");
        await File.WriteAllTextAsync(keyFile, Convert.ToBase64String(SHA256.HashData("another key"u8)), Ct);
        await second.WaitReadyAsync(Ct, "this silo has the key");
        Assert.DoesNotContain(key.Trim(), second.Log, StringComparison.Ordinal);
        await File.WriteAllTextAsync(keyFile, key, Ct);
        await second.WaitReadyAsync(Ct);
    }

    [Fact]
    public async Task The_key_is_changed_by_naming_the_former_one_and_given_up_by_name_only()
    {
        var connection = await (await postgres.ServerAsync()).CreateDatabaseAsync();
        await using var world = await LabWorld.StartAsync(1, Ct);
        var (old, fresh, strange) = (world.At("old.key"), world.At("new.key"), world.At("strange.key"));
        foreach (var path in new[] { old, fresh, strange })
        {
            await File.WriteAllTextAsync(path, Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))), Ct);
        }

        await StartStopAsync(world, connection, new() { ["KeyFile"] = old });
        await StartStopAsync(world, connection, new() { ["KeyFile"] = fresh, ["FormerKeyFiles"] = new JsonArray(old) });
        await using var silo = new SiloProcess("one", Write(world, connection, new() { ["KeyFile"] = strange }));
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct, "if it is lost for good, set Secrets:LostKey to");
        var lost = Regex.Match(silo.Log, $"Secrets:LostKey to '({Digits})'").Groups[1].Value;
        Assert.Equal(0, await silo.StopAsync());
        await StartStopAsync(world, connection, new() { ["KeyFile"] = strange, ["LostKey"] = lost });
        await StartStopAsync(world, connection, new() { ["KeyFile"] = strange });
    }

    [Fact]
    public async Task A_backup_says_that_the_key_is_not_in_it_and_copies_it_elsewhere_when_asked()
    {
        await using var world = await LabWorld.StartAsync(1, Ct);
        var config = SiloConfig.Write(world, "files", null);
        await using var silo = new SiloProcess("files", config);
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct);
        Assert.Contains("NOT in it: the cluster's secret key", await EtdbAsync(0, "backup", "--config", config, "--out", world.At("b1")), StringComparison.Ordinal);
        Assert.Contains("belongs elsewhere", await EtdbAsync(2, "backup", "--config", config, "--out", world.At("b2"), "--key-out", world.At("b2", "secret.key")), StringComparison.Ordinal);
        var safe = world.At("safe.key");
        var report = JsonSerializer.Deserialize<JsonElement>(await EtdbAsync(0, "backup", "--config", config, "--out", world.At("b3"), "--key-out", safe, "--json"));
        Assert.Equal(safe, report.GetProperty("secretKey").GetProperty("copiedTo").GetString());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(safe));
        }

        Assert.Equal(0, await silo.StopAsync());
        var key = await File.ReadAllTextAsync(safe, Ct);
        Assert.Equal(await File.ReadAllTextAsync(world.At("files", "secret.key"), Ct), key);
        Assert.All(Directory.EnumerateFiles(world.At("b3")), f => Assert.DoesNotContain(key.Trim(), File.ReadAllText(f, System.Text.Encoding.Latin1), StringComparison.Ordinal));

        // Put back on another machine without the key: told at the restore, told by the silo, mended by putting the file there.
        var elsewhere = SiloConfig.Write(world, "elsewhere", null);
        Assert.Contains("which is not here", await EtdbAsync(0, "restore", "--config", elsewhere, "--from", world.At("b3"), "--yes"), StringComparison.Ordinal);
        await using var restored = new SiloProcess("elsewhere", elsewhere);
        await restored.StartAsync();
        await restored.WaitReadyAsync(Ct, "etdb backup --key-out");
        File.Copy(safe, world.At("elsewhere", "secret.key"));
        await restored.WaitReadyAsync(Ct);
    }

    private static string Write(LabWorld world, string connection, JsonObject secrets)
        => SiloConfig.Write(world, "one", connection, d => d["Secrets"] = secrets);

    private static async Task StartStopAsync(LabWorld world, string connection, JsonObject secrets)
    {
        await using var silo = new SiloProcess("one", Write(world, connection, secrets));
        await silo.StartAsync();
        await silo.WaitReadyAsync(Ct);
        Assert.Equal(0, await silo.StopAsync());
    }

    private static async Task<string> EtdbAsync(int exit, params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(TimeSpan.FromMinutes(2), arguments);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}:\n{output}\n{errors}");
        return exit == 0 ? output : errors;
    }
}
