using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Cli.Demo;
using Etdb.Grains;

namespace Etdb.Integration.Tests.Cluster;

/// <summary>Writes configuration files of silos: the demo's fast clock, the test's chain, and one database.</summary>
internal static class SiloConfig
{
    public static string Write(LabWorld world, string name, string? connectionString, Action<JsonObject>? change = null)
    {
        var replication = new ReplicationOptions();
        DemoReplication.Configure(3)(replication);
        var silo = new JsonObject
        {
            ["DataFolder"] = world.At(name),
            ["Listen"] = "http://127.0.0.1:0",
            ["Network"] = "development",
            ["LedgerRpc"] = world.LedgerRpc,
            ["LedgerCookieFile"] = world.Cookie,
            ["SiloName"] = name,
            ["DeadAfter"] = "00:00:12", // Silos starved by a busy machine are not to be taken for dead.
        };
        var document = new JsonObject
        {
            ["Silo"] = silo, ["Replication"] = JsonSerializer.SerializeToNode(replication), ["Nodes"] = new JsonObject { ["AllowedNetworks"] = new JsonArray("127.0.0.0/8") },
        };
        if (connectionString is not null)
        {
            silo["Storage"] = "postgres";
            document["Secrets"] = new JsonObject { ["KeyFile"] = Key(world) };
            document["Postgres"] = new JsonObject { ["ConnectionString"] = connectionString };
        }

        change?.Invoke(document);
        var path = world.At(name + ".json");
        File.WriteAllText(path, document.ToJsonString());
        return path;
    }

    /// <summary>Silos of one cluster share one key.</summary>
    private static string Key(LabWorld world)
    {
        var path = world.At("cluster.key");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)));
        }

        return path;
    }
}
