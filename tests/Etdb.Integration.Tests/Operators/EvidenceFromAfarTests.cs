using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Domain.Audit;
using Etdb.Integration.Tests.Security;
using Etdb.Storage.Evidence;
using Etdb.Storage.Postgres;
using Etdb.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Entry = Etdb.Storage.Evidence.EvidenceEntry;

namespace Etdb.Integration.Tests.Operators;

/// <summary>
/// Aim: who only has the API, or the database, can check the evidence as well as who has the file, and believes nobody on the way. Method: a silo, in front of it somebody who changes
/// the answers, the built command behind both.
/// </summary>
public sealed class EvidenceFromAfarTests(PostgresFixture postgres)
{
    private const int Entries = 1_234; // Three pages.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly DateTimeOffset Day = new(2026, 5, 17, 23, 40, 0, 123, 456, TimeSpan.Zero);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entries_of_the_api_hash_to_what_they_say_and_what_was_changed_on_the_way_is_named()
    {
        await using var silo = await SiloUnderTest.StartAsync(_ => { });
        await silo.App.Services.GetRequiredService<IEvidenceLog>().AppendAsync([.. Enumerable.Range(1, Entries).Select(New)], Ct);
        await using var between = await Between.StartAsync(silo.Address);

        var honest = await VerifyAsync(0, between.Address);
        Assert.True(honest.GetProperty("valid").GetBoolean());
        Assert.True(honest.GetProperty("entries").GetInt64() >= Entries);
        var day = RootOf(honest);
        Assert.Equal(honest.GetProperty("head").GetProperty("hash").GetString(), (await VerifyAsync(0, silo.Address)).GetProperty("head").GetProperty("hash").GetString());
        Assert.Equal(day, Root(await JsonAsync(0, "evidence", "root", "--day", "2026-05-17", "--server", between.Address.ToString())));

        // The file of the same silo says the same, entry for entry and day for day.
        var file = await JsonAsync(0, "evidence", "verify", "--data", silo.DataFolder);
        Assert.Equal(day, RootOf(file));

        foreach (var (field, value) in new (string, JsonNode)[] { ("depth", 2), ("blocks", 31), ("node", "n9"), ("outcome", "passed"), ("author", "Eve"), ("detail", "{}"), ("at", "2026-05-18T00:00:00Z") })
        {
            between.Change = page => Items(page).Where(e => Sequence(e) == 777).ToList().ForEach(e => e[field] = value.DeepClone());
            await BrokenAsync(between, 777, "was changed");
        }

        between.Change = page => Items(page).Where(e => Sequence(e) == 777).ToList().ForEach(e => e["kind"] = "miracle");
        await BrokenAsync(between, 777, "no kind of entry");
        between.Change = page => Remove(page, e => Sequence(e) == 777);
        await BrokenAsync(between, 778, "were removed");

        // The end cut off, as if there were no more pages.
        between.Change = page =>
        {
            Remove(page, e => Sequence(e) > 700);
            page["next"] = Items(page).Any(e => Sequence(e) == 700) ? null : page["next"]?.DeepClone();
        };
        await BrokenAsync(between, 701, "the rest was left out");

        // A forged log whose hashes are right, shorter than the head that was told: the true head's hash is not in it.
        between.Change = Forge;
        await BrokenAsync(between, null, "the source says that its entry");
    }

    [Fact]
    public async Task A_log_in_postgresql_is_hashed_again_too()
    {
        var server = await postgres.ServerAsync();
        var connection = await server.CreateDatabaseAsync();
        await using (var database = new PostgresDatabase(new PostgresOptions { ConnectionString = connection }))
        {
            using var log = new PostgresEvidenceLog(database);
            await log.StartAsync(Ct);
            await log.AppendAsync([.. Enumerable.Range(1, 50).Select(New)], Ct);
            Assert.Equal(50, (await log.HeadAsync(Ct)).Sequence);
            await log.StopAsync(Ct);
        }

        using var folder = new TemporaryFolder();
        var config = folder.At("silo.json");
        var silo = new { DataFolder = folder.At("data"), LedgerRpc = "http://127.0.0.1:1", Storage = "postgres" };
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new { Silo = silo, Postgres = new { ConnectionString = connection } }), Ct);
        var found = await JsonAsync(0, "evidence", "verify", "--config", config);
        Assert.Equal(50, found.GetProperty("entries").GetInt64());
        await JsonAsync(2, false, "evidence", "verify", "--config", config, "--data", folder.At("data"));

        var name = connection.Split(';').First(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        await server.SqlAsync(name, "drop trigger evidence_kept on evidence; update evidence set depth = 2 where sequence = 33");
        Assert.Equal(33, (await JsonAsync(1, "evidence", "verify", "--config", config)).GetProperty("brokenAt").GetInt64());
    }

    private static Entry New(int n) => new(Day.AddSeconds(n), "audit", $"d{n}", "n1", "missing", "{\"root\":\"bafy–ü\"}", Depth: 1, Blocks: n);

    private static async Task BrokenAsync(Between between, long? at, string problem)
    {
        var found = await VerifyAsync(1, between.Address);
        Assert.False(found.GetProperty("valid").GetBoolean());
        Assert.Contains(problem, found.GetProperty("problem").GetString(), StringComparison.Ordinal);
        if (at is { } sequence)
        {
            Assert.Equal(sequence, found.GetProperty("brokenAt").GetInt64());
        }
    }

    private static (string? Root, int Count, string? Head) RootOf(JsonElement verified) => Root(verified.GetProperty("days").EnumerateArray().Single(d => d.GetProperty("day").GetString() == "2026-05-17"));

    private static (string? Root, int Count, string? Head) Root(JsonElement day) => (day.GetProperty("root").GetString(), day.GetProperty("count").GetInt32(), day.GetProperty("head").GetString());

    private static Task<JsonElement> VerifyAsync(int exit, Uri server) => JsonAsync(exit, "evidence", "verify", "--server", server.ToString());

    private static Task<JsonElement> JsonAsync(int exit, params string[] arguments) => JsonAsync(exit, true, arguments);

    private static async Task<JsonElement> JsonAsync(int exit, bool document, params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, [.. arguments, "--json"]);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return document ? JsonSerializer.Deserialize<JsonElement>(output) : default;
    }

    private static List<JsonObject> Items(JsonNode page) => [.. page["items"]!.AsArray().Select(i => i!.AsObject())];

    private static long Sequence(JsonObject entry) => entry["sequence"]!.GetValue<long>();

    private static void Remove(JsonNode page, Func<JsonObject, bool> which)
    {
        foreach (var entry in Items(page).Where(which))
        {
            page["items"]!.AsArray().Remove(entry);
        }
    }

    /// <summary>As many entries as the log has, chained as they should be, saying something else.</summary>
    private static void Forge(JsonNode page)
    {
        var last = page["head"]!["sequence"]!.GetValue<long>();
        var head = EvidenceChain.Empty;
        var items = new JsonArray();
        for (var n = 1; n <= last; n++)
        {
            var entry = EvidenceChain.Append(head, new EvidenceDraft(Day.AddSeconds(n), EvidenceKind.Audit, "d", "n1", "passed", 1, 1, "cluster", "{}"));
            head = EvidenceChain.HeadOf(entry);
            items.Add(new JsonObject
            {
                ["sequence"] = n, ["at"] = entry.Draft.At.ToString("O", CultureInfo.InvariantCulture), ["kind"] = "audit", ["dataset"] = "d", ["node"] = "n1", ["outcome"] = "passed",
                ["author"] = "cluster", ["detail"] = "{}", ["previous"] = entry.Previous, ["hash"] = entry.Hash, ["depth"] = 1, ["blocks"] = 1,
            });
        }

        page["items"] = items;
        page["next"] = null;
    }

    /// <summary>Somebody between the reader and the silo.</summary>
    private sealed class Between(WebApplication app) : IAsyncDisposable
    {
        public Uri Address => new(app.Urls.First());

        public Action<JsonNode> Change { get; set; } = static _ => { };

        public static async Task<Between> StartAsync(Uri silo)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var between = new Between(app);
            var http = new HttpClient { BaseAddress = silo };
            app.Lifetime.ApplicationStopped.Register(http.Dispose);
            app.MapGet("/api/v1/evidence", async (HttpContext context) =>
            {
                var page = JsonNode.Parse(await http.GetStringAsync("api/v1/evidence" + context.Request.QueryString, context.RequestAborted))!;
                between.Change(page);
                return Results.Text(page.ToJsonString(), "application/json");
            });
            await app.StartAsync(Ct);
            return between;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
    }
}
