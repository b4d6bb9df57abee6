using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Etdb.Testing;
using Microsoft.Data.Sqlite;

namespace Etdb.Integration.Tests.Operators;

/// <summary>
/// Aim: an operator can look ahead, override and prove, with the built command alone. Method: one demo is run and driven through the commands as a
/// person would; the steps build on each other (a drained node stays drained), so they are one test.
/// </summary>
public sealed partial class OperatorsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_looks_ahead_overrides_and_proves()
    {
        using var folder = new TemporaryFolder();
        await using var demo = EtdbProcess.Start("demo", "--port", "0", "--data", folder.At("data"), "--datasets", "3", "--seed", "5");
        var line = await demo.WaitForLineAsync(l => l.Contains("[idle]", StringComparison.Ordinal), Limit, "the demo to have replicated");
        var server = Address().Match(line).Value;

        Assert.Equal(3, (await JsonAsync(0, "status", "--server", server)).GetProperty("health").GetProperty("datasets").GetProperty("healthy").GetInt64());
        await LookAheadAsync(server);
        var (node, dataset) = await BusiestAsync(server);
        await AuditAsync(server, node, dataset);
        await DrainAsync(server, node);
        await PauseAsync(server, dataset);
        await WishesAndLines.DriveAsync(server, dataset);
        await RefusedAsync(server, node);

        demo.Interrupt();
        await demo.WaitAsync(Limit);
        await EvidenceAsync(folder.At("data"), node);
    }

    private static async Task LookAheadAsync(string server)
    {
        var plan = await JsonAsync(0, "plan", "--dry-run", "--server", server);
        Assert.Equal(0, plan.GetProperty("plan").GetProperty("open").GetArrayLength());
        var losses = plan.GetProperty("whatIf").GetProperty("losses").EnumerateArray().ToList();
        Assert.Contains(losses, l => l.GetProperty("by").GetString() == "member");
        Assert.Contains(losses, l => l.GetProperty("by").GetString() == "country");
        Assert.All(losses, l => Assert.Equal(0, l.GetProperty("lost").GetInt64()));
        Assert.All(losses, l => Assert.Equal(0, l.GetProperty("after").GetProperty("healthy").GetInt64()));
        Assert.InRange(plan.GetProperty("whatIf").GetProperty("forecast").GetProperty("expectedLossesPerYear").GetDouble(), 1e-15, 1);

        using var http = new HttpClient { BaseAddress = new Uri(server) };
        var diff = await http.GetFromJsonAsync<JsonElement>("api/v1/diff", Ct);
        Assert.Equal(3, diff.GetProperty("ledger").GetInt64());
        Assert.Equal(3, diff.GetProperty("wanted").GetInt64());
        Assert.Equal(9, diff.GetProperty("seen").GetInt64());
        Assert.All(diff.GetProperty("differences").EnumerateArray(), d => Assert.Equal(0, d.GetProperty("count").GetInt64()));
    }

    private static async Task AuditAsync(string server, string node, string dataset)
    {
        var one = await JsonAsync(0, "audit", dataset[..8], "--server", server);
        Assert.Equal(3, one.GetProperty("replicas").EnumerateArray().Count(r => r.GetProperty("result").GetString() == "verified"));
        Assert.All(one.GetProperty("replicas").EnumerateArray(), r => Assert.True(r.GetProperty("blocks").GetInt64() > 0));
        var all = await JsonAsync(0, "audit", "--node", node, "--server", server);
        Assert.All(all.GetProperty("replicas").EnumerateArray(), r => Assert.Equal(node, r.GetProperty("node").GetString()));
    }

    /// <summary>Preview, refusal to begin unasked, drain, and every dataset of the node with its target of copies elsewhere.</summary>
    private static async Task DrainAsync(string server, string node)
    {
        var datasets = (await DatasetsOnAsync(server, node)).Count;
        var preview = (await JsonAsync(0, "drain", node, "--preview", "--server", server)).GetProperty("drain");
        Assert.False(preview.GetProperty("draining").GetBoolean());
        Assert.Equal(datasets, preview.GetProperty("replaceable").GetInt64());
        Assert.True(preview.GetProperty("bytesToMove").GetInt64() > 0);
        Assert.All(preview.GetProperty("targets").EnumerateArray(), t => Assert.NotEqual(node, t.GetProperty("node").GetString()));

        Assert.False((await JsonAsync(1, "drain", node, "--server", server)).GetProperty("begun").GetBoolean());
        Assert.True((await JsonAsync(0, "drain", node, "--yes", "--author", "Ada", "--reason", "it retires", "--server", server)).GetProperty("begun").GetBoolean());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        stop.CancelAfter(Limit);
        while ((await EtdbProcess.RunAsync(Limit, "drain", node, "--server", server)).ExitCode != 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), stop.Token);
        }

        using var http = new HttpClient { BaseAddress = new Uri(server) };
        foreach (var id in (await http.GetFromJsonAsync<JsonElement>("api/v1/datasets", Ct)).GetProperty("items").EnumerateArray().Select(d => d.GetProperty("id").GetString()))
        {
            var replicas = (await http.GetFromJsonAsync<JsonElement>($"api/v1/datasets/{id}", Ct)).GetProperty("replicas").EnumerateArray();
            Assert.True(replicas.Count(r => r.GetProperty("counts").GetBoolean() && r.GetProperty("node").GetString() != node) >= 3);
        }
    }

    private static async Task PauseAsync(string server, string dataset)
    {
        await RunAsync(0, "pause", "--reason", "network works", "--author", "Ada", "--server", server);
        var held = await JsonAsync(0, "plan", "--server", server);
        Assert.Contains(held.GetProperty("plan").GetProperty("brakes").EnumerateArray(), b => b.GetProperty("kind").GetString() == "operator");
        await RunAsync(0, "resume", "--reason", "done", "--author", "Ada", "--server", server);
        var free = await JsonAsync(0, "plan", "--server", server);
        Assert.DoesNotContain(free.GetProperty("plan").GetProperty("brakes").EnumerateArray(), b => b.GetProperty("kind").GetString() == "operator");
        await RunAsync(0, "pause", dataset, "--reason", "asked by the lab", "--server", server);
        Assert.Contains("paused", (await JsonAsync(0, "why", dataset, "--server", server)).GetProperty("sentence").GetString(), StringComparison.Ordinal);
        await RunAsync(0, "resume", dataset, "--reason", "asked by the lab", "--server", server);
    }

    private static async Task RefusedAsync(string server, string node)
    {
        Assert.Contains(node, await RunAsync(2, "drain", "nowhere", "--preview", "--server", server), StringComparison.Ordinal);
        await RunAsync(2, "pause", "--server", server);
        await RunAsync(2, "node", "maintain", node, "--for", "2x", "--reason", "r", "--server", server);
        using var http = new HttpClient { BaseAddress = new Uri(server) };
        var nobody = await http.PostAsJsonAsync("api/v1/brake", new { on = true, reason = "r" }, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, nobody.StatusCode);
        Assert.Equal("application/problem+json", nobody.Content.Headers.ContentType?.MediaType);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Post, "api/v1/brake") { Content = JsonContent.Create(new { author = "a", reason = "r", on = true }), Headers = { Host = "rebound.example" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(elsewhere, Ct)).StatusCode);
    }

    /// <summary>The stopped demo's log is whole, holds the overrides, has a root for the day; one changed letter is found.</summary>
    private static async Task EvidenceAsync(string data, string node)
    {
        var whole = await JsonAsync(0, "evidence", "verify", "--data", data);
        Assert.True(whole.GetProperty("valid").GetBoolean());
        var file = whole.GetProperty("file").GetString()!;
        var (drain, day) = Drained(file);
        Assert.Contains("Ada", drain, StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{64}$", (await JsonAsync(0, "evidence", "root", "--day", day, file)).GetProperty("root").GetString());
        await RunAsync(1, "evidence", "root", "--day", "1999-12-31", file);
        await RunAsync(1, "evidence", "verify", file, "--head", new string('a', 64));
        var sequence = Forge(file, node);
        Assert.Equal(sequence, (await JsonAsync(1, "evidence", "verify", file)).GetProperty("brokenAt").GetInt64());
    }

    private static (string Detail, string Day) Drained(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select detail, substr(at, 1, 10) from evidence where outcome = 'drain'";
        using var row = command.ExecuteReader();
        Assert.True(row.Read());
        return (row.GetString(0), row.GetString(1));
    }

    /// <summary>What somebody with the file could do: take the guards away and blame another node.</summary>
    private static long Forge(string file, string node)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var guards = connection.CreateCommand();
        guards.CommandText = "select name from sqlite_master where type = 'trigger'";
        var names = new List<string>();
        using (var rows = guards.ExecuteReader())
        {
            while (rows.Read())
            {
                names.Add(rows.GetString(0));
            }
        }

        using var command = connection.CreateCommand();
        command.CommandText = string.Concat(names.Select(n => $"drop trigger \"{n}\";"))
            + "update evidence set node = 'other' where outcome = 'drain' and node = $node; select sequence from evidence where node = 'other' and outcome = 'drain'";
        command.Parameters.AddWithValue("$node", node);
        return (long)command.ExecuteScalar()!;
    }

    private static async Task<(string Node, string Dataset)> BusiestAsync(string server)
    {
        var nodes = await JsonAsync(0, "node", "list", "--server", server);
        var node = nodes.EnumerateArray().OrderByDescending(n => n.GetProperty("replicas").GetProperty("verified").GetInt64()).First().GetProperty("id").GetString()!;
        return (node, (await DatasetsOnAsync(server, node))[0]);
    }

    private static async Task<List<string>> DatasetsOnAsync(string server, string node)
    {
        using var http = new HttpClient { BaseAddress = new Uri(server) };
        var page = await http.GetFromJsonAsync<JsonElement>($"api/v1/datasets?node={node}", Ct);
        return [.. page.GetProperty("items").EnumerateArray().Select(d => d.GetProperty("id").GetString()!)];
    }

    private static async Task<JsonElement> JsonAsync(int exit, params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, [.. arguments, "--json"]);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private static async Task<string> RunAsync(int exit, params string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return output + errors;
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/")]
    private static partial Regex Address();
}
