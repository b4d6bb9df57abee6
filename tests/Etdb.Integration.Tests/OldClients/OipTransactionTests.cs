using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>Routes over transactions: comments, parts and edits, in the published shapes.</summary>
public sealed class OipTransactionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Comments_and_transactions_are_listed_found_and_told()
    {
        await using var host = await OldClientsHost.StartAsync();
        var history = new TestHistory(host);
        var ids = Enumerable.Range(1, 12).Select(n => history.Publish($"Cell {n}").Txid).Reverse().ToList();
        var page = await host.GetAsync("/oip/floData/latest");
        Assert.Equal((10, 12), (page.GetProperty("count").GetInt32(), page.GetProperty("total").GetInt32()));
        Assert.Equal(ids.Take(10), Txids(page));
        Assert.Equal(ids.Skip(10), Txids(await host.GetAsync("/oip/floData/latest?after=" + page.GetProperty("next").GetString())));
        Assert.Equal(ids.Skip(4).Take(4), Txids(await host.GetAsync("/oip/flo/tx/latest?limit=4&page=2")));
        Assert.Empty(Txids(await host.GetAsync("/oip/floData/latest?coinbase=true")));
        Assert.Equal(12, (await host.GetAsync("/oip/floData/latest?coinbase=false&limit=0")).GetProperty("total").GetInt32());

        var one = (await host.GetAsync($"/oip/floData/get/{ids[0][..8]}")).GetProperty("results")[0];
        Assert.Equal(["floData", "txid", "time", "blockhash", "size"], one.GetProperty("tx").EnumerateObject().Select(p => p.Name));
        Assert.False(one.GetProperty("is_coinbase").GetBoolean());
        Assert.Equal(host.TipHash, one.GetProperty("tx").GetProperty("blockhash").GetString());
        Assert.Contains("Cell 12", one.GetProperty("tx").GetProperty("floData").GetString(), StringComparison.Ordinal);
        var whole = (await host.GetAsync($"/oip/flo/tx/get/{ids[0]}")).GetProperty("results")[0];
        Assert.Equal((1, 1), (whole.GetProperty("tx").GetProperty("vin").GetArrayLength(), whole.GetProperty("tx").GetProperty("vout").GetArrayLength()));
        Assert.Equal([ids[0]], Txids(await host.GetAsync("/oip/floData/search?q=%22Cell%2012%22")));
        Assert.Equal(ids.Order(StringComparer.Ordinal).Take(3), Txids(await host.GetAsync("/oip/flo/tx/search?q=tomogram&sort=tx.txid:a&limit=3")));
        Assert.Equal(0, (await host.GetAsync("/oip/floData/get/ffffff")).GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("/oip/floData/get/xyz", Ct)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.GetAsync("/oip/floData/latest?limit=100&page=200", Ct)).StatusCode);

        foreach (var (body, found) in new[] { (new { search = "cell 1", page = (object)0 }, 4), (new { search = "Cell", page = (object)"0" }, 12), (new { search = "nowhere", page = (object)0 }, 0) })
        {
            var answer = await host.Http.PostAsJsonAsync("/api/v2/searchTxComment", body, Ct);
            var comments = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(Ct));
            Assert.Equal(found, comments.GetArrayLength());
            Assert.All(comments.EnumerateArray(), c => Assert.Equal(["Hash", "Message"], c.EnumerateObject().Select(p => p.Name)));
        }

        using var paged = JsonContent.Create(new Dictionary<string, object> { ["search"] = "Cell", ["page"] = 1, ["results-per-page"] = 5 });
        var second = await host.Http.PostAsync("/alexandria/v2/searchTxComment", paged, Ct);
        Assert.Equal(ids.Skip(5).Take(5), JsonElement.Parse(await second.Content.ReadAsByteArrayAsync(Ct)).EnumerateArray().Select(c => c.GetProperty("Hash").GetString()));
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.PostAsJsonAsync("/api/v2/searchTxComment", new { }, Ct)).StatusCode);
    }

    [Fact]
    public async Task Parts_have_the_published_shape_and_tell_when_they_are_complete()
    {
        await using var host = await OldClientsHost.StartAsync();
        var comment = RecordBuilder.PublishComment(TestHistory.Tomogram(new string('t', 1500), 1));
        var parts = MultipartSplitter.Split(comment, TestHistory.Signer.Address);
        var max = parts.Count - 1;
        Assert.True(max > 1);
        string Part(int n, string reference) => Encoding.UTF8.GetString(MultipartPart.Compose(n, max, reference, parts[n].Span, TestHistory.Signer));
        var first = host.Add(Part(0, ""));
        host.Add(Part(0, "").Replace(TestHistory.Signer.Address, "FTSTq8xx8yWUKJA5E3bgXLzZqqG9V6dvnr", StringComparison.Ordinal)); // by nobody: not listed as a part
        for (var n = 1; n < max; n++)
        {
            host.Add(Part(n, n % 2 == 0 ? first : first[..10]));
        }

        var waiting = (await host.GetAsync($"/oip/multipart/get/ref/{first}?limit=100")).GetProperty("results");
        Assert.Equal(max, waiting.GetArrayLength());
        Assert.All(waiting.EnumerateArray(), p => Assert.False(p.GetProperty("meta").GetProperty("complete").GetBoolean() || p.GetProperty("meta").TryGetProperty("assembled", out _)));
        var last = host.Add(Part(max, first));
        Assert.DoesNotContain(host.Refusals, r => r.Reason != OipReason.SignatureWrong);
        var shape = ApiShapes.B.GetProperty("multipartItem");
        var complete = (await host.GetAsync($"/oip/multipart/get/ref/{first[..10]}?limit=100")).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(parts.Count, complete.Count);
        Assert.All(complete, part =>
        {
            Assert.Equal(shape.EnumerateObject().Select(p => p.Name), part.EnumerateObject().Select(p => p.Name));
            Assert.Equal(shape.GetProperty("meta").EnumerateObject().Select(p => p.Name), part.GetProperty("meta").EnumerateObject().Select(p => p.Name));
            Assert.Equal((first[..10], TestHistory.Signer.Address), (part.GetProperty("reference").GetString(), part.GetProperty("address").GetString()));
            Assert.Equal(Encoding.UTF8.GetString(comment), part.GetProperty("meta").GetProperty("assembled").GetString());
            Assert.Equal(Encoding.UTF8.GetString(parts[part.GetProperty("part").GetInt32()].Span), part.GetProperty("data").GetString());
        });
        var one = (await host.GetAsync($"/oip/multipart/get/id/{last[..12]}")).GetProperty("results")[0];
        Assert.Equal((max, max), (one.GetProperty("part").GetInt32(), one.GetProperty("max").GetInt32()));
        Assert.Equal(1, (await host.GetAsync("/oip/artifact/get/latest")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Edits_are_shown_as_published_and_whether_they_hold()
    {
        await using var host = await OldClientsHost.StartAsync();
        var history = new TestHistory(host);
        var (first, artifact) = history.Publish("A cell");
        var changed = artifact.DeepClone().AsObject();
        changed["info"]!["title"] = "Another";
        var good = history.Edit(first, artifact, changed);
        JsonArray idle = [new JsonObject { ["op"] = "remove", ["path"] = "/nothing" }];
        var bad = host.Add(Encoding.UTF8.GetString(RecordBuilder.EditComment(first, idle, TestHistory.TimeMs + 90_000, TestHistory.Signer)));
        foreach (var (txid, holds) in new[] { (good, true), (bad, false) })
        {
            var edit = (await host.GetAsync($"/oip/oip042/edit/get/{txid}")).GetProperty("results")[0];
            Assert.Equal((first, holds), (edit.GetProperty("meta").GetProperty("originalTxid").GetString(), edit.GetProperty("meta").GetProperty("completed").GetBoolean()));
            Assert.Equal(first, edit.GetProperty("edit").GetProperty("artifact").GetProperty("txid").GetString());
        }

        var held = await host.GetAsync("/oip/oip042/edit/search?q=meta.completed:true");
        Assert.Equal([good], held.GetProperty("results").EnumerateArray().Select(e => e.GetProperty("meta").GetProperty("txid").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync($"/oip/oip042/edit/get/{good[..10]}", Ct)).StatusCode);
        Assert.Equal(0, (await host.GetAsync("/oip/historian/get/latest")).GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.GetAsync("/oip/historian/24hr", Ct)).StatusCode);
    }

    private static IEnumerable<string> Txids(JsonElement page) => page.GetProperty("results").EnumerateArray().Select(e => e.GetProperty("tx").GetProperty("txid").GetString()!);
}
