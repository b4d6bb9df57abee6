using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Searching;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Indexing;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Listing;

/// <summary>Lists of records: the published shape, pages that meet without gap or overlap in every order, and what is left out.</summary>
public sealed class RecordListTests
{
    private static readonly JsonElement Envelope = Vectors.Read("api_shapes.json").GetProperty("apiB").GetProperty("common").GetProperty("envelope");

    [Fact]
    public void The_real_record_is_listed_as_oipd_lists_it()
    {
        var expected = Envelope.GetProperty("results")[0];
        var meta = expected.GetProperty("meta");
        var index = Oips.Index();
        var comment = "json:{\"oip042\":{\"publish\":{\"artifact\":" + Oips.Compact(expected.GetProperty("artifact")) + "}}}";
        var height = meta.GetProperty("block").GetInt32() - (int)Oips.Height;
        index.Connect(Oips.BlockAt(height, meta.GetProperty("time").GetInt64(), (meta.Text("txid"), comment)) with { Hash = meta.Text("block_hash") });
        var list = RecordList.Of(index.Tip, index.Records(), [], new BlockNames(_ => index.Tip!.Hash));
        var page = ListScan.Take(list.NewestFirst, new ListRequest(0, 10), CancellationToken.None);
        Assert.Equal(1, page.Total);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.GetRawText()), JsonNode.Parse(page.Entries[0].ToJson().Span)));
        Assert.Equal(Envelope.Text("next"), Uri.EscapeDataString(page.Next));
        Assert.Equal((1, 1), (list.Tomograms.Total, list.Tomograms.Species));
        Assert.Equal(meta.Text("txid"), list.Linked("8a07e9")!.Txid);
        Assert.Null(list.Linked("8a07ea"));
    }

    [Fact]
    public void Pages_meet_in_every_order_whatever_the_history()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var list = List(seed);
            var request = new ListRequest(0, random.Next(1, 8))
            {
                Sorts = random.Next(3) switch { 0 => [], 1 => [new ListSort("artifact.info.title", random.Next(2) == 0)], _ => [new ListSort("artifact.type", true), new ListSort("meta.block", false)] },
                Query = random.Next(2) == 0 ? null : RecordQuery.Parse("meta.time:* -nonsense"),
            };
            var all = ListScan.Take(list.NewestFirst, request with { Limit = 10_000 }, CancellationToken.None);
            Assert.Equal(list.NewestFirst.Length, all.Total);
            var (skipped, followed) = (new List<Listed>(), new List<Listed>());
            for (var skip = 0; skip < all.Total; skip += request.Limit)
            {
                skipped.AddRange(ListScan.Take(list.NewestFirst, request with { Skip = skip }, CancellationToken.None).Entries);
            }

            var page = ListScan.Take(list.NewestFirst, request, CancellationToken.None);
            for (; page.Entries.Count > 0; page = ListScan.Take(list.NewestFirst, request with { After = [.. JsonElement.Parse(page.Next).EnumerateArray()] }, CancellationToken.None))
            {
                Assert.Equal(all.Total, page.Total);
                followed.AddRange(page.Entries);
            }

            Assert.Equal(all.Entries.Select(e => e.Txid), skipped.Select(e => e.Txid));
            Assert.Equal(all.Entries.Select(e => e.Txid), followed.Select(e => e.Txid));
            if (request.Sorts.IsEmpty)
            {
                Assert.Equal(all.Entries.OrderByDescending(e => e.Time).ThenBy(e => e.Txid, StringComparer.Ordinal), all.Entries);
            }
        }
    }

    [Fact]
    public void Withdrawn_records_are_in_no_list_and_every_version_of_the_others_is()
    {
        var withdrawn = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var index = Index(seed);
            var list = RecordList.Of(index.Tip, index.RecordsInAnyOrder(), index.Registrations(), new BlockNames(_ => null));
            var active = index.Records().Where(r => !r.IsDeactivated).ToList();
            withdrawn += index.RecordCount - active.Count;
            Assert.Equal(active.SelectMany(r => r.Versions.Select(v => v.Place.Txid)).Order(StringComparer.Ordinal), list.NewestFirst.Select(v => v.Txid).Order(StringComparer.Ordinal));
            Assert.Equal(active.Select(r => r.Current.Place.Txid).Order(StringComparer.Ordinal), list.Latest.Select(v => v.Txid).Order(StringComparer.Ordinal));
            foreach (var record in active)
            {
                Assert.Contains(list.StartingWith(record.Txid[..6]), v => v.Txid == record.Txid);
                Assert.Equal(record.Current.Place.Txid, list.Linked(record.Txid)!.Txid);
            }
        }

        Assert.NotEqual(0, withdrawn);
    }

    private static OipIndex Index(int seed)
    {
        var index = Oips.Index();
        foreach (var block in new RandomHistory(seed).Blocks(30))
        {
            index.Connect(block);
        }

        return index;
    }

    private static RecordList List(int seed)
    {
        var index = Index(seed);
        return RecordList.Of(index.Tip, index.RecordsInAnyOrder(), index.Registrations(), new BlockNames(_ => null));
    }
}
