using System.Net;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>The dialect of 2018, with the published record: each answer as the vectors have it, at both addresses, whatever these clients send.</summary>
public sealed class BrowserDialectTests
{
    private const string Publisher = "FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/v2")]
    [InlineData("/alexandria/v2")]
    public async Task The_published_answers_are_given(string at)
    {
        await using var host = await FilledAsync();
        foreach (var request in new[] { "/artifact/get/type?t=*&st=*&results=*&page=1&pub=" + Publisher, "/artifact/get?id=8a07e9" })
        {
            ApiShapes.Same(ApiShapes.CallOfA("GET " + request), await host.GetAsync(at + request));
        }

        var summary = await host.GetAsync(at + "/research/tomogram/summary");
        Assert.Equal(ApiShapes.CallOfA("GET /research/tomogram/summary").EnumerateObject().Select(p => p.Name), summary.EnumerateObject().Select(p => p.Name));
        Assert.Equal((1, 1, 1), (summary.GetProperty("total").GetInt32(), summary.GetProperty("species").GetInt32(), summary.GetProperty("publishers").GetProperty(Publisher).GetInt32()));
        foreach (var list in new[] { "publisher", "promoter", "retailer" })
        {
            Assert.Equal(JsonValueKind.Array, (await host.GetAsync($"{at}/{list}/get/all")).ValueKind);
        }

        Assert.Equal(OldClientsHost.FirstHeight, (await host.GetAsync(at + "/info")).GetProperty("blockCount").GetInt32());
        var media = (await host.GetAsync(at + "/media/get/all"))[0];
        Assert.Equal("Qmat8i2pn4WnnMiPQcKsKJZahr1scUbuUyXjgSuCPBcsYY", media.GetProperty("media-data").GetProperty("alexandria-media").GetProperty("torrent").GetString());
        Assert.Equal((ApiShapes.RealTxid, OldClientsHost.FirstHeight, ""), (media.GetProperty("txid").GetString(), media.GetProperty("block").GetInt32(), media.GetProperty("publisher-name").GetString()));
    }

    [Theory]
    [InlineData("t=research&st=tomogram&results=*&page=1&pub=", 1)]
    [InlineData("t=RESEARCH&st=Tomogram&results=all&page=undefined&pub=ftstq8xx8ywukja5e3bgxlzzqqg9v6dvnr", 1)]
    [InlineData("t=*&st=*&results=100&page=undefined", 1)]
    [InlineData("", 1)]
    [InlineData("t=research&st=-&results=*&page=1", 0)]
    [InlineData("t=video&st=*&results=*&page=1", 0)]
    [InlineData("t=*&st=*&results=*&page=1&pub=FURkPkBmdsomebody", 0)]
    [InlineData("t=*&st=*&results=-5&page=-1", 1)]
    public async Task What_clients_send_is_borne(string query, int found)
    {
        await using var host = await FilledAsync();
        var answer = await host.GetAsync("/api/v2/artifact/get/type?" + query);
        Assert.Equal((found, found, found), (answer.GetProperty("total").GetInt32(), answer.GetProperty("count").GetInt32(), answer.GetProperty("results").GetArrayLength()));
    }

    [Theory]
    [InlineData("""{"protocol":"media","search-on":"*","search-for":"coli","search-like":true}""", 1)]
    [InlineData("""{"protocol":"media","search-on":"*","search-for":"turreted","search-like":true}""", 1)]
    [InlineData("""{"search-for":"nowhere to be found"}""", 0)]
    [InlineData("""{"protocol":"media","search-on":"speciesName","search-for":"solfataricus","search-like":false}""", 0)]
    [InlineData("""{"protocol":"media","search-on":"speciesName","search-for":"Sulfolobus solfataricus","search-like":false}""", 1)]
    [InlineData("""{"protocol":"media","search-on":"address","search-for":"FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr"}""", 1)]
    [InlineData("""{"protocol":"media","search-on":"txid","search-for":"8A07"}""", 1)]
    [InlineData("""{"searchFor":"Polara","searchOn":"*","searchLike":true,"protocol":"media"}""", 1)]
    [InlineData("""{"protocol":"media","searchOn":["sid","lab","institution"],"searchFor":["rr2014-01-14-5","Jensen Lab","Caltech"],"search-on":"*","search-like":true}""", 1)]
    [InlineData("""{"protocol":"media","searchOn":["sid","lab","institution"],"searchFor":["rr2014-01-14-5","Jensen Lab","Leiden"],"search-on":"*","search-like":true}""", 0)]
    [InlineData("""{"protocol":"publisher","search-on":"address","search-for":"FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr","search-like":false}""", 0)]
    public async Task Searches_find(string body, int found)
    {
        await using var host = await FilledAsync("coli");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await host.Http.PostAsync("/api/v2/search", content, Ct);
        var json = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Ct));
        Assert.Equal("success", json.GetProperty("status").GetString());
        Assert.Equal(found, json.GetProperty("response").GetArrayLength());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"search-for":"\ud800"}""")]
    [InlineData("""{"search-for":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}""")]
    public async Task Searches_for_nothing_are_refused(string body)
    {
        await using var host = await FilledAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.PostAsync("/alexandria/v2/search", content, Ct)).StatusCode);
    }

    [Theory]
    [InlineData("8a07e8")]
    [InlineData("")]
    [InlineData("../8a07")]
    [InlineData("undefined")]
    public async Task Other_ids_are_not_found(string id)
    {
        await using var host = await FilledAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("/api/v2/artifact/get?id=" + id, Ct)).StatusCode);
    }

    [Fact]
    public async Task An_edited_record_keeps_its_link_and_shows_what_holds()
    {
        await using var host = await OldClientsHost.StartAsync();
        var history = new TestHistory(host);
        var (first, artifact) = history.Publish("A cell");
        history.Publish("Another cell");
        var changed = artifact.DeepClone().AsObject();
        changed["info"]!["title"] = "A cell, better seen";
        history.Edit(first, artifact, changed);
        Assert.Empty(host.Refusals);
        var one = await host.GetAsync("/api/v2/artifact/get?id=" + first[..8]);
        Assert.Equal((first, "A cell, better seen"), (one.GetProperty("txid").GetString(), one.GetProperty("oip042").GetProperty("artifact").GetProperty("info").GetProperty("title").GetString()));
        var page = await host.GetAsync("/api/v2/artifact/get/type?t=*&st=*&results=1&page=2");
        Assert.Equal((2, 1, 2), (page.GetProperty("total").GetInt32(), page.GetProperty("count").GetInt32(), page.GetProperty("pages").GetInt32()));
        host.Add(Encoding.UTF8.GetString(RecordBuilder.DeactivateComment(first, TestHistory.TimeMs + 1000, TestHistory.Signer)));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("/api/v2/artifact/get?id=" + first, Ct)).StatusCode);
        Assert.Equal(1, (await host.GetAsync("/api/v2/artifact/get/type?t=*&st=*&results=*&page=1")).GetProperty("total").GetInt32());
    }

    private static async Task<OldClientsHost> FilledAsync(string? word = null)
    {
        var host = await OldClientsHost.StartAsync();
        host.Add(ApiShapes.RealComment, ApiShapes.RealTxid, 1_528_156_646);
        if (word is not null)
        {
            new TestHistory(host).Publish(word);
        }

        Assert.Empty(host.Refusals);
        return host;
    }
}
