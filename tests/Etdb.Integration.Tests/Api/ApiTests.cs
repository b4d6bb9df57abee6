using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Etdb.Integration.Tests.Api;

/// <summary>What a silo answers over HTTP, asked of a running demo.</summary>
public sealed partial class ApiTests(RunningDemo demo) : IClassFixture<RunningDemo>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_alive_and_ready()
    {
        Assert.Equal(HttpStatusCode.OK, (await demo.Http.GetAsync("health/live", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await demo.Http.GetAsync("health/ready", Ct)).StatusCode);
    }

    [Fact]
    public async Task The_one_page_view_agrees_with_the_lists()
    {
        var health = await demo.GetAsync("api/v1/health");
        var datasets = await demo.GetAsync("api/v1/datasets");
        var nodes = await demo.GetAsync("api/v1/nodes");
        Assert.Equal(3, health.GetProperty("datasets").GetProperty("total").GetInt64());
        Assert.Equal(3, datasets.GetProperty("total").GetInt64());
        Assert.All(datasets.GetProperty("items").EnumerateArray(), d => Assert.True(d.GetProperty("healthyReplicas").GetInt32() >= 3));
        var verified = nodes.GetProperty("items").EnumerateArray().Sum(n => n.GetProperty("replicas").GetProperty("verified").GetInt64());
        Assert.Equal(health.GetProperty("replicas").GetProperty("verified").GetInt64(), verified);
        var cluster = await demo.GetAsync("api/v1/cluster");
        Assert.Matches("^(Embedded|Microsoft [0-9.]+)$", cluster.GetProperty("runtime").GetString());
        Assert.Equal(3, cluster.GetProperty("ledger").GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task A_dataset_tells_its_files_its_copies_its_story_and_why()
    {
        var id = (await demo.GetAsync("api/v1/datasets")).GetProperty("items")[0].GetProperty("id").GetString()!;
        var detail = await demo.GetAsync($"api/v1/datasets/{id[..8]}");
        Assert.Equal(id, detail.GetProperty("id").GetString());
        Assert.True(detail.GetProperty("record").GetProperty("contentProven").GetBoolean());
        Assert.NotEqual(0, detail.GetProperty("files").GetArrayLength());
        Assert.Equal(3, detail.GetProperty("replicas").EnumerateArray().Where(r => r.GetProperty("counts").GetBoolean()).Select(r => r.GetProperty("member").GetString()).Distinct().Count());
        Assert.Contains((await demo.GetAsync($"api/v1/datasets/{id}/story")).GetProperty("items").EnumerateArray(), s => s.GetProperty("kind").GetString() == "verified");
        Assert.NotEmpty((await demo.GetAsync($"api/v1/datasets/{id}/why")).GetProperty("sentence").GetString()!);
    }

    [Fact]
    public async Task Files_come_whole_in_ranges_and_not_again_when_known()
    {
        var id = (await demo.GetAsync("api/v1/datasets")).GetProperty("items")[0].GetProperty("id").GetString();
        var file = (await demo.GetAsync($"api/v1/datasets/{id}")).GetProperty("files").EnumerateArray().First(f => f.GetProperty("bytes").GetInt64() > 1000);
        var url = file.GetProperty("url").GetString()!.TrimStart('/');
        var whole = await demo.Http.GetAsync(url, Ct);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Ct);
        Assert.Equal(file.GetProperty("bytes").GetInt64(), bytes.Length);
        Assert.Contains("sandbox", whole.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        using var part = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(100, 299) } };
        var answer = await demo.Http.SendAsync(part, Ct);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(bytes[100..300], await answer.Content.ReadAsByteArrayAsync(Ct));

        using var tail = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(null, 10) } };
        Assert.Equal(bytes[^10..], await (await demo.Http.SendAsync(tail, Ct)).Content.ReadAsByteArrayAsync(Ct));

        using var beyond = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Range = new RangeHeaderValue(bytes.Length, null) } };
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await demo.Http.SendAsync(beyond, Ct)).StatusCode);

        using var known = new HttpRequestMessage(HttpMethod.Get, url);
        known.Headers.IfNoneMatch.Add(whole.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await demo.Http.SendAsync(known, Ct)).StatusCode);
    }

    [Theory]
    [InlineData("api/v1/datasets?limit=0", 400)]
    [InlineData("api/v1/datasets?limit=501", 400)]
    [InlineData("api/v1/datasets?sort=colour", 400)]
    [InlineData("api/v1/datasets?cursor=xyz", 400)]
    [InlineData("api/v1/datasets/00", 404)]
    [InlineData("api/v1/datasets/ffffffff/why", 404)]
    [InlineData("api/v1/nothing", 404)]
    [InlineData("ipfs/not-a-cid", 400)]
    [InlineData("ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn/none", 404)]
    public async Task Bad_requests_are_answered_with_a_problem(string path, int status)
    {
        var answer = await demo.Http.GetAsync(path, Ct);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Live_readers_are_greeted_and_see_the_one_page_view()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        stop.CancelAfter(TimeSpan.FromSeconds(20));
        using var answer = await demo.Http.GetAsync("api/v1/events", HttpCompletionOption.ResponseHeadersRead, stop.Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop.Token));
        var seen = new List<string>();
        while (!seen.Contains("event: health"))
        {
            seen.Add(await reader.ReadLineAsync(stop.Token) ?? throw new EndOfStreamException());
        }

        Assert.Contains("event: hello", seen);
    }

    [Fact]
    public async Task Every_metric_of_ours_is_documented_and_every_documented_one_exists()
    {
        var text = await MetricsWithAsync("etdb_replication_datasets{state=\"healthy\"} 3");
        var exposed = TypeLine().Matches(text).Select(m => m.Groups["name"].Value).Where(n => n.StartsWith("etdb_", StringComparison.Ordinal)).Order().ToList();
        var page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs/operations/metrics.md"), Ct);
        var documented = Documented().Matches(page).Select(m => m.Groups["name"].Value).Distinct().Order().ToList();
        Assert.Equal([], exposed.Except(documented));
        Assert.Contains("etdb_replication_datasets", exposed);
        Assert.Matches("etdb_replication_datasets\\{state=\"lost\"\\} 0", text);
    }

    // The gauges are read from the catalogue every few seconds.
    private async Task<string> MetricsWithAsync(string line)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        stop.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            var text = await demo.Http.GetStringAsync("metrics", stop.Token);
            if (text.Contains(line, StringComparison.Ordinal))
            {
                return text;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), stop.Token);
        }
    }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Etdb.Orleans.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The repository was not found above the test.");
    }

    [GeneratedRegex("^# TYPE (?<name>\\w+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex("`(?<name>etdb_\\w+)`")]
    private static partial Regex Documented();
}
