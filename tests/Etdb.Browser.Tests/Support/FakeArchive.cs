using System.Globalization;
using System.Text.Json.Nodes;

namespace Etdb.Browser.Tests.Support;

/// <summary>What the fake API answers: a consortium of three members and a handful of datasets, in the shapes of docs/reference/api.md.</summary>
internal static class FakeArchive
{
    public const string Time = "2026-11-22T10:00:00.000Z";

    public static string Id(int i) => i.ToString("x64", CultureInfo.InvariantCulture);

    public static JsonObject Replicas(int verified, int missing = 0) => new()
    {
        ["assigned"] = 0, ["claimed"] = 0, ["verified"] = verified, ["suspect"] = 0, ["missing"] = missing, ["corrupt"] = 0, ["unreachable"] = 0,
    };

    public static JsonObject Health(int healthy, int degraded = 0, int lost = 0, int missing = 0) => new()
    {
        ["at"] = Time,
        ["datasets"] = new JsonObject { ["total"] = healthy + degraded + lost, ["healthy"] = healthy, ["degraded"] = degraded, ["endangered"] = 0, ["lost"] = lost, ["pending"] = 0 },
        ["replicas"] = Replicas((healthy * 3) + (degraded * 2), missing),
        ["bytes"] = new JsonObject { ["logical"] = 10_485_760, ["stored"] = 31_457_280 },
        ["risk"] = new JsonObject { ["expectedLossesPerYear"] = 0.0003 },
        ["matrix"] = new JsonArray(
            new JsonObject { ["healthy"] = 3, ["retrievable"] = 3, ["count"] = healthy, ["example"] = Id(1) },
            new JsonObject { ["healthy"] = 2, ["retrievable"] = 2, ["count"] = degraded, ["example"] = Id(1) },
            new JsonObject { ["healthy"] = 0, ["retrievable"] = 0, ["count"] = lost, ["example"] = Id(1) }),
        ["verifiedAge"] = new JsonArray(new JsonObject { ["maxDays"] = 1, ["count"] = healthy * 3 }, new JsonObject { ["maxDays"] = null, ["count"] = 0 }),
    };

    public static JsonObject Cluster(bool demo) => new()
    {
        ["runtime"] = "Embedded", ["version"] = "0.1.0", ["network"] = "regtest", ["startedAt"] = Time, ["uptimeSeconds"] = 12.5, ["demo"] = demo,
        ["ledger"] = new JsonObject { ["height"] = 120, ["tipHash"] = "00", ["tipTime"] = Time, ["records"] = 12, ["transactions"] = 160, ["lagBlocks"] = 0, ["problem"] = null },
        ["safeMode"] = new JsonObject { ["active"] = false, ["reason"] = null },
        ["brakes"] = new JsonArray(),
    };

    public static JsonObject Summary(int i, string state = "healthy", int copies = 3) => new()
    {
        ["id"] = Id(i), ["title"] = $"Flagellar motor {i}", ["publisher"] = "FLabAddress", ["publisherAlias"] = "Demo Lab", ["species"] = "Vibrio cholerae",
        ["bytes"] = 1_048_576, ["root"] = "QmRoot", ["state"] = state, ["target"] = 3, ["healthyReplicas"] = copies, ["retrievableReplicas"] = copies,
        ["simulated"] = i % 2 == 0, ["thumbnail"] = null, ["version"] = 1, ["updatedAt"] = Time,
    };

    public static JsonArray DatasetReplicas() => new(
        Replica("n1", "m1", "verified", "Its 12 blocks were hashed."),
        Replica("n2", "m2", "verified", "Its 12 blocks were hashed."),
        Replica("n3", "m3", "missing", "The node does not list it any more."));

    private static JsonObject Replica(string node, string member, string state, string why) => new()
    {
        ["node"] = node, ["member"] = member, ["state"] = state, ["counts"] = state == "verified", ["since"] = Time,
        ["verifiedAt"] = state == "verified" ? Time : null, ["verifiedBlocks"] = state == "verified" ? 12 : null, ["verifiedFull"] = true, ["detail"] = null, ["why"] = why,
    };

    public static JsonObject Dataset(int i)
    {
        var dataset = Summary(i, "degraded", 2);
        dataset["description"] = "A tilt-series and its reconstruction.";
        dataset["notes"] = null;
        dataset["files"] = new JsonArray(
            new JsonObject { ["name"] = "reconstruction.mrc", ["bytes"] = 1_000_000, ["type"] = "Reconstruction", ["url"] = "/ipfs/QmRoot/reconstruction.mrc" },
            new JsonObject { ["name"] = "movie.mp4", ["bytes"] = null, ["type"] = "Video", ["url"] = "/ipfs/QmRoot/movie.mp4" });
        dataset["details"] = new JsonObject { ["microscope"] = "Krios" };
        dataset["record"] = new JsonObject { ["latestTxid"] = Id(i), ["height"] = 101, ["time"] = Time, ["authorProven"] = true, ["contentProven"] = false };
        dataset["policy"] = new JsonObject { ["target"] = 3, ["floor"] = 2, ["most"] = 5, ["distinctBy"] = "member" };
        dataset["replicas"] = DatasetReplicas();
        return dataset;
    }

    public static JsonObject Why(int i, string sentence) => new()
    {
        ["id"] = Id(i), ["title"] = $"Flagellar motor {i}", ["state"] = "degraded", ["sentence"] = sentence,
        ["wanted"] = new JsonObject { ["target"] = 3, ["have"] = 2, ["distinctBy"] = "member" },
        ["replicas"] = DatasetReplicas(), ["doing"] = new JsonArray(), ["next"] = null,
    };

    public static JsonObject Story(string text) => new() { ["at"] = Time, ["kind"] = "missing", ["text"] = text, ["node"] = "n3" };

    public static JsonObject Member(int i) => new()
    {
        ["id"] = $"m{i}", ["name"] = $"University Library {i}", ["country"] = "NL", ["state"] = "active", ["nodes"] = new JsonArray($"n{i}"),
        ["pledgeBytes"] = null, ["usedBytes"] = 1_000_000, ["replicas"] = 12,
    };

    public static JsonObject Node(int i, string state = "up", string? problem = null) => new()
    {
        ["id"] = $"n{i}", ["member"] = $"m{i}", ["site"] = "main", ["country"] = "NL", ["state"] = state, ["since"] = Time, ["agent"] = "etdb-node/0.1.0",
        ["capacityBytes"] = i == 3 ? null : 100_000_000, ["usedBytes"] = 42_000_000, ["replicas"] = Replicas(12), ["lastProbeAt"] = Time,
        ["queue"] = new JsonObject { ["pins"] = 0, ["audits"] = 0 }, ["problem"] = problem,
    };

    public static JsonObject Repair(int i, string phase, long bytes) => new()
    {
        ["dataset"] = Id(i), ["title"] = $"Flagellar motor {i}", ["kind"] = "heal", ["node"] = "n3", ["sources"] = new JsonArray("n1"), ["phase"] = phase, ["level"] = 0,
        ["risk"] = 1e-6, ["progress"] = new JsonObject { ["blocks"] = 3, ["bytes"] = bytes, ["totalBytes"] = 1_000_000 }, ["since"] = Time, ["attempts"] = 1,
        ["cause"] = null, ["nextAt"] = null,
    };

    public static JsonObject Incident(int i, bool healed) => new()
    {
        ["id"] = $"i{i}", ["kind"] = "disk-loss", ["node"] = "n3", ["member"] = "m3", ["openedAt"] = Time, ["detectedSeconds"] = 1.2,
        ["healedAt"] = healed ? Time : null, ["healedSeconds"] = healed ? 3.4 : null, ["datasets"] = 7, ["bytesReseeded"] = healed ? 7_340_032 : null,
        ["text"] = "7 copies on n3 are gone.",
    };
}
