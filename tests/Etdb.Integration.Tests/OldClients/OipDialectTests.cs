using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>oipd's dialect: the published envelope, its parameters, errors and routes.</summary>
public sealed class OipDialectTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/artifact/get/latest")]
    [InlineData("/artifact/get/latest?limit=100&nsfw=false")]
    [InlineData("/artifact/get/8a07e9")]
    [InlineData("/artifact/search?q=artifact.details.speciesName:solfataricus")]
    [InlineData("/artifact/search?q=artifact.details.speciesName%3A%22Sulfolobus%20solfataricus%22%20AND%20meta.time%3A%5B1%20TO%20*%5D&limit=1")]
    [InlineData("/oip042/artifact/get/latest?nsfw=false")]
    [InlineData("/oip042/record/get/8a07e957cce6473887e8f9d042b0a3b95fc7dd2b9110b4a37890887de6528f10")]
    [InlineData("/oip042/record/get/8a07e957cce6473887e8f9d042b0a3b95fc7dd2b9110b4a37890887de6528f10/version/8a07e957cce6473887e8f9d042b0a3b95fc7dd2b9110b4a37890887de6528f10")]
    public async Task The_published_envelope_is_given(string route)
    {
        await using var host = await FilledAsync();
        ApiShapes.Same(ApiShapes.WithBlock(ApiShapes.Envelope, host.TipHash), await host.GetAsync("/oip" + route));
    }

    [Theory]
    [InlineData("/artifact/get/ffffff")]
    [InlineData("/artifact/search?q=coli")]
    [InlineData("/artifact/search?q=")]
    [InlineData("/oip041/artifact/get/latest")]
    [InlineData("/oip041/artifact/get/8a07e9")]
    [InlineData("/alexandria/artifact/get/latest")]
    [InlineData("/alexandria/artifact/get/8a07e9")]
    [InlineData("/alexandria/publisher/get/latest/")]
    [InlineData("/oip042/record/get/8a07e9")]
    [InlineData("/artifact/get/latest?limit=0")]
    public async Task Nothing_is_an_empty_envelope(string route)
    {
        await using var host = await FilledAsync();
        var answer = await host.GetAsync("/oip" + route);
        Assert.Equal((0, 0, ""), (answer.GetProperty("count").GetInt32(), answer.GetProperty("results").GetArrayLength(), answer.GetProperty("next").GetString()));
        Assert.Equal(route.EndsWith("limit=0", StringComparison.Ordinal) ? 1 : 0, answer.GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("/oip/artifact/get/latest?limit=100&page=101")]
    [InlineData("/oip/artifact/search?q=*&limit=10000&page=2")]
    [InlineData("/oip/artifact/get/latest?limit=10001")]
    [InlineData("/oip/artifact/get/latest?limit=99999999999&page=99999999999")]
    public async Task Pages_too_deep_are_refused_in_the_published_words(string route)
    {
        await using var host = await FilledAsync();
        var answer = await host.Http.GetAsync(route, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        ApiShapes.Same(ApiShapes.B.GetProperty("common").GetProperty("errors").GetProperty("400"), JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Ct)));
    }

    [Theory]
    [InlineData("/oip/artifact/search?q=(a", "not closed")]
    [InlineData("/oip/artifact/search?q=a~2", "not supported")]
    public async Task Queries_that_cannot_be_read_are_refused_with_the_reason(string route, string reason)
    {
        await using var host = await FilledAsync();
        var answer = await host.Http.GetAsync(route, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(reason, JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Ct)).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/oip/nothing")]
    [InlineData("/oip/")]
    [InlineData("/oip/artifact/get/not-hex")]
    [InlineData("/oip/artifact/cardinality")]
    public async Task Other_routes_are_not_found_in_plain_text(string route)
    {
        await using var host = await FilledAsync();
        var answer = await host.Http.GetAsync(route, Ct);
        Assert.Equal((HttpStatusCode.NotFound, "text/plain", "404 not found"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(Ct)));
    }

    [Fact]
    public async Task Generic_lists_show_every_version_and_those_of_042_what_holds()
    {
        await using var host = await OldClientsHost.StartAsync();
        var history = new TestHistory(host);
        var (first, artifact) = history.Publish("A cell");
        var changed = artifact.DeepClone().AsObject();
        changed["info"]!["title"] = "A cell, better seen";
        var edit = history.Edit(first, artifact, changed);
        Assert.Empty(host.Refusals);
        Assert.Equal([edit, first], await TxidsAsync(host, "/oip/artifact/get/latest"));
        Assert.Equal([edit], await TxidsAsync(host, "/oip/oip042/artifact/get/latest"));
        Assert.Equal([edit], await TxidsAsync(host, $"/oip/oip042/record/get/{first}"));
        Assert.Equal([first], await TxidsAsync(host, $"/oip/oip042/record/get/{first}/version/{first}"));
        Assert.Equal([edit], await TxidsAsync(host, "/oip/artifact/search?q=better"));
        Assert.Equal([edit, first], await TxidsAsync(host, $"/oip/artifact/search?q=meta.originalTxid:{first}"));
        Assert.Equal([first, edit], await TxidsAsync(host, "/oip/artifact/get/latest?sort=artifact.info.title:a"));
        var cardinality = await host.GetAsync("/oip/artifact/cardinality?f=artifact.info.title");
        Assert.Equal((2, "artifact.info.title"), (cardinality.GetProperty("c").GetInt32(), cardinality.GetProperty("f").GetString()));
        host.Add(Encoding.UTF8.GetString(RecordBuilder.DeactivateComment(first, TestHistory.TimeMs, TestHistory.Signer)));
        Assert.Empty(await TxidsAsync(host, "/oip/artifact/get/latest"));
        Assert.Empty(await TxidsAsync(host, $"/oip/oip042/record/get/{first}"));
        Assert.Empty(await TxidsAsync(host, "/oip/artifact/search?q=*"));
    }

    [Fact]
    public async Task Pages_follow_each_other_by_number_and_by_next_however_next_was_unescaped()
    {
        await using var host = await OldClientsHost.StartAsync();
        var history = new TestHistory(host);
        var all = Enumerable.Range(1, 23).Select(n => history.Publish($"Cell {n % 5}").Txid).Reverse().ToList();
        Assert.Equal(all.Take(10), await TxidsAsync(host, "/oip/artifact/get/latest"));
        Assert.Equal(all.Take(10), await TxidsAsync(host, "/oip/artifact/get/latest?page=2"));
        Assert.Equal(all.Skip(8).Take(4), await TxidsAsync(host, "/oip/artifact/get/latest?limit=4&page=3"));
        foreach (var sort in new[] { "", "&sort=artifact.info.title:d$meta.block:a" })
        {
            var (found, next, half) = (new List<string>(), "", false);
            while (true)
            {
                var page = await host.GetAsync($"/oip/artifact/search?q=cell&limit=4{sort}" + (next.Length > 0 ? "&after=" + next : ""));
                Assert.Equal(23, page.GetProperty("total").GetInt32());
                next = page.GetProperty("next").GetString()!;
                next = (half = !half) ? Uri.EscapeDataString(next.Replace("%5B", "[", StringComparison.Ordinal).Replace("%5D", "]", StringComparison.Ordinal).Replace("%22", "\"", StringComparison.Ordinal)) : next;
                found.AddRange(page.GetProperty("results").EnumerateArray().Select(Txid));
                if (page.GetProperty("count").GetInt32() == 0)
                {
                    break;
                }
            }

            Assert.Equal(sort.Length == 0 ? all : found, found);
            Assert.Equal(all.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task The_daemon_tells_its_version_and_how_far_it_is()
    {
        await using var host = await FilledAsync();
        var routes = ApiShapes.B.GetProperty("routes").EnumerateArray().ToDictionary(r => r[0].GetString()!, r => r[1]);
        var version = await host.GetAsync("/oip/daemon/version");
        Assert.Equal(routes["/daemon/version"].EnumerateObject().Select(p => p.Name), version.EnumerateObject().Select(p => p.Name));
        Assert.Matches("^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \\+0000$", version.GetProperty("Started").GetString());
        Assert.Matches("^([0-9]+h)?([0-9]+m)?[0-9.]+s$", version.GetProperty("Uptime").GetString());
        ApiShapes.Same(routes["/sync/status"], await host.GetAsync("/oip/sync/status"));
    }

    [Fact]
    public async Task Answers_are_laid_out_and_compressed_when_asked_for_and_open_to_other_sites_only_by_choice()
    {
        await using var host = await FilledAsync();
        Assert.Contains("\n", await host.Http.GetStringAsync("/oip/artifact/get/latest?pretty=true", Ct), StringComparison.Ordinal);
        ApiShapes.Same(await host.GetAsync("/oip/artifact/get/latest"), await host.GetAsync("/oip/artifact/get/latest?pretty=1"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/oip/artifact/get/latest");
        request.Headers.Add("Accept-Encoding", "gzip");
        request.Headers.Add("Origin", "https://browser.example");
        var answer = await host.Http.SendAsync(request, Ct);
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        await using var zip = new GZipStream(await answer.Content.ReadAsStreamAsync(Ct), CompressionMode.Decompress);
        Assert.Equal(1, (await JsonDocument.ParseAsync(zip, default, Ct)).RootElement.GetProperty("total").GetInt32());

        await using var open = await OldClientsHost.StartAsync(o => o.AnyOrigin = true);
        Assert.Equal(["*"], (await open.Http.GetAsync("/oip/sync/status", Ct)).Headers.GetValues("Access-Control-Allow-Origin"));
        using var before = new HttpRequestMessage(HttpMethod.Options, "/api/v2/search");
        before.Headers.Add("Origin", "https://browser.example");
        before.Headers.Add("Access-Control-Request-Method", "POST");
        before.Headers.Add("Access-Control-Request-Headers", "content-type");
        var allowed = await open.Http.SendAsync(before, Ct);
        Assert.Equal((HttpStatusCode.NoContent, "Content-Type"), (allowed.StatusCode, allowed.Headers.GetValues("Access-Control-Allow-Headers").Single()));
    }

    private static string Txid(JsonElement entry) => entry.GetProperty("meta").GetProperty("txid").GetString()!;

    private static async Task<List<string>> TxidsAsync(OldClientsHost host, string route) => [.. (await host.GetAsync(route)).GetProperty("results").EnumerateArray().Select(Txid)];

    private static async Task<OldClientsHost> FilledAsync()
    {
        var host = await OldClientsHost.StartAsync();
        host.Add(ApiShapes.RealComment, ApiShapes.RealTxid, 1_528_156_646);
        Assert.Empty(host.Refusals);
        return host;
    }
}
