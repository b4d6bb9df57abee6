using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Operators;

/// <summary>Policies, quotas and lines by command and API, on a cluster that runs: wishes wait, ranges are told, every change bears author and reason.</summary>
internal static class WishesAndLines
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task DriveAsync(string server, string dataset)
    {
        await PolicyAsync(server, dataset);
        await PublisherAsync(server, dataset);
        await LineAsync(server);
    }

    private static async Task PolicyAsync(string server, string dataset)
    {
        Assert.Equal(3, (await JsonAsync(0, "policy", "show", "--server", server)).GetProperty("policy").GetProperty("target").GetInt32());
        Assert.Equal("consortium", (await JsonAsync(0, "policy", "show", dataset, "--server", server)).GetProperty("source").GetString());
        await JsonAsync(0, "policy", "set", dataset, "--target", "9", "--reason", "asked by the lab", "--author", "Ada", "--server", server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        stop.CancelAfter(Limit);
        JsonElement wish;
        while ((wish = await JsonAsync(0, "policy", "show", dataset, "--server", server)).GetProperty("waitingFor").GetString()?.StartsWith("Waiting for members: ", StringComparison.Ordinal) != true
            || wish.GetProperty("have").GetInt32() < 4)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), stop.Token);
        }

        Assert.Equal(("dataset", 9), (wish.GetProperty("source").GetString(), wish.GetProperty("policy").GetProperty("target").GetInt32()));
        var why = await JsonAsync(1, "why", dataset, "--server", server);
        Assert.Contains(why.GetProperty("notYet").EnumerateArray(), n => n.GetProperty("reason").GetString() == "waiting-for-members");
        Assert.Contains("allowed is 1 to 32", await RunAsync(2, "policy", "set", dataset, "--target", "33", "--reason", "r", "--server", server), StringComparison.Ordinal);
        await RunAsync(2, "policy", "set", dataset, "--distinct-by", "planet", "--reason", "r", "--server", server);
        await JsonAsync(0, "policy", "inherit", dataset, "--reason", "done", "--author", "Ada", "--server", server);
        Assert.Equal("consortium", (await JsonAsync(0, "policy", "show", dataset, "--server", server)).GetProperty("source").GetString());
    }

    private static async Task PublisherAsync(string server, string dataset)
    {
        var publisher = (await JsonAsync(0, "policy", "show", dataset, "--server", server)).GetProperty("publisher").GetString()!;
        await JsonAsync(0, "policy", "set", "--publisher", publisher, "--target", "2", "--floor", "1", "--reason", "agreement", "--author", "Ada", "--server", server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        stop.CancelAfter(Limit);
        while ((await JsonAsync(0, "policy", "show", dataset, "--server", server)).GetProperty("source").GetString() != "publisher")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), stop.Token);
        }

        var quota = await JsonAsync(0, "policy", "quota", publisher, "--datasets", "2", "--bytes", "4TB", "--reason", "agreement", "--author", "Ada", "--server", server);
        Assert.Equal((3, 1), (quota.GetProperty("datasets").GetInt64(), quota.GetProperty("beyond").GetInt64()));
        Assert.Contains("allowed is 0 to", await RunAsync(2, "policy", "quota", publisher, "--datasets", "-1", "--reason", "r", "--server", server), StringComparison.Ordinal);
        await JsonAsync(0, "policy", "quota", publisher, "--lift", "--reason", "done", "--server", server);
        await JsonAsync(0, "policy", "inherit", "--publisher", publisher, "--reason", "done", "--server", server);
        await RunAsync(2, "policy", "show", "--publisher", "nobody", "--server", server);
        using var http = new HttpClient { BaseAddress = new Uri(server) };
        var nobody = await http.PostAsJsonAsync($"api/v1/publishers/{publisher}/policy", new { target = 3 }, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, nobody.StatusCode);
    }

    private static async Task LineAsync(string server)
    {
        var member = (await JsonAsync(0, "member", "list", "--server", server)).EnumerateArray().First().GetProperty("id").GetString()!;
        Assert.Equal(JsonValueKind.Null, (await JsonAsync(0, "member", "line", member, "--server", server)).GetProperty("bytesPerSecond").ValueKind);
        var line = await JsonAsync(0, "member", "line", member, "--limit", "12MB", "--quiet", "08:00-18:30", "--utc-offset", "1", "--reason", "shared", "--server", server);
        Assert.Equal((12_000_000, "08:00", 1.0), (line.GetProperty("bytesPerSecond").GetInt64(), line.GetProperty("quietFrom").GetString(), line.GetProperty("utcOffsetHours").GetDouble()));
        Assert.Contains("-14 to 14", await RunAsync(2, "member", "line", member, "--quiet", "08:00-18:30", "--utc-offset", "15", "--reason", "r", "--server", server), StringComparison.Ordinal);
        await RunAsync(2, "member", "line", member, "--limit", "1", "--reason", "r", "--server", server);
        await RunAsync(2, "member", "line", "nobody", "--server", server);
        await JsonAsync(0, "member", "line", member, "--free", "--reason", "own line", "--server", server);
    }

    private static async Task<JsonElement> JsonAsync(int exit, params string[] arguments) => JsonSerializer.Deserialize<JsonElement>((await CallAsync(exit, [.. arguments, "--json"])).Output);

    private static async Task<string> RunAsync(int exit, params string[] arguments)
    {
        var (output, errors) = await CallAsync(exit, arguments);
        return output + errors;
    }

    private static async Task<(string Output, string Errors)> CallAsync(int exit, string[] arguments)
    {
        var (code, output, errors) = await EtdbProcess.RunAsync(Limit, arguments);
        Assert.True(code == exit, $"etdb {string.Join(' ', arguments)} ended with {code}, not {exit}.\n{output}\n{errors}");
        return (output, errors);
    }
}
