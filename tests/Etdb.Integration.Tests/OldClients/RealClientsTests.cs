using System.Text;
using System.Text.Json;
using Etdb.Integration.Tests.Security;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Integration.Tests.OldClients;

/// <summary>The old programs' libraries from npm, unchanged, pointed at a whole silo: two records, one of them edited and one in parts, and a publisher's name.</summary>
public sealed class RealClientsTests
{
    private static readonly FloMessageSigner Signer = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)9, 32)]), FloNetwork.Development);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_read_our_records()
    {
        await using var silo = await SiloUnderTest.StartAsync(_ => { });
        var (edited, inParts) = Publish(silo);
        using var http = silo.Client(null);
        await SiloUnderTest.WaitAsync(async () => (await http.GetStringAsync("oip/oip042/artifact/get/latest", Ct)).Contains("better", StringComparison.Ordinal), "the records to be read");

        await BrowserAsync(silo, edited, inParts);
        await OipdAsync(silo, edited, inParts);
    }

    private static async Task BrowserAsync(SiloUnderTest silo, string edited, string inParts)
    {
        var read = await ClientPrograms.ReadAsync("browser.cjs", [new Uri(silo.Address, "api/v2").ToString(), Signer.Address, edited, inParts], Ct);
        Assert.Equal(new[] { edited, inParts }.Order(), Texts(read.GetProperty("browse"), "txid").Order());
        Assert.Equal(2, read.GetProperty("supported").GetInt32());
        Assert.Equal((2, 1, 2), (Number(read, "summary", "total"), Number(read, "summary", "species"), Number(read, "summary", "publishers", Signer.Address)));
        var one = read.GetProperty("one");
        Assert.Equal((edited, "A cell, better seen", "Test species", Location(1)), (Text(one, "txid"), Text(one, "title"), Text(one, "species"), Text(one, "location")));
        Assert.Equal(("Research", "Tomogram", Signer.Address), (Text(one, "type"), Text(one, "subtype"), Text(one, "address")));
        Assert.Equal("rawdata/tilt.mrc", one.GetProperty("files")[0].GetString());
        Assert.Equal([edited], Texts(read.GetProperty("search"), "txid"));
        Assert.Equal([edited], Texts(read.GetProperty("featured"), "txid"));
        Assert.Equal("Test lab", Text(Assert.Single(read.GetProperty("publishers").EnumerateArray()), "name"));
        Assert.Equal("Test lab", Text(read.GetProperty("publisher"), "name"));
        Assert.Equal((Signer.Address, "Test lab"), (Text(read.GetProperty("publisherSought"), "address"), Text(read.GetProperty("publisherSought"), "name")));
        Assert.Equal(2, Number(read, "info", "artifacts"));
        var comment = Assert.Single(read.GetProperty("comments").EnumerateArray());
        Assert.StartsWith($"oip-mp(1,1,{Signer.Address},{inParts},", Text(comment, "Message"), StringComparison.Ordinal);

        Assert.Equal(new[] { Location(1), Location(2) }.Order(), read.GetProperty("pinbot").EnumerateArray().Select(l => l.GetString()).Order());
        Assert.Equal("A cell, better seen", Text(read.GetProperty("indexOne"), "title"));
        Assert.Equal("404 Not Found", Text(read.GetProperty("indexNone"), "status"));
        Assert.Equal(1, Number(read, "indexSearch"));
    }

    private static async Task OipdAsync(SiloUnderTest silo, string edited, string inParts)
    {
        var read = await ClientPrograms.ReadAsync("oipd.cjs", [new Uri(silo.Address, "oip").ToString(), edited, inParts], Ct);
        Assert.Equal("Etdb.Orleans", Text(read.GetProperty("version"), "BuiltBy"));
        Assert.Equal((false, 1), (read.GetProperty("status").GetProperty("IsInitialSync").GetBoolean(), Number(read, "status", "Progress")));
        Assert.Equal(3, read.GetProperty("latest").GetArrayLength());
        Assert.Equal(["A cell in parts", "A cell, better seen"], Texts(read.GetProperty("latest042"), "title").Order());
        Assert.All(read.GetProperty("latest042").EnumerateArray(), a => Assert.Equal(Signer.Address, Text(a, "address")));
        Assert.Equal((0, 0, 0), (Number(read, "latest041"), Number(read, "alexandria"), Number(read, "historian")));
        Assert.Equal("artifact.details.speciesName:\"Test species\" AND artifact.info.title:\"better\"", Text(read.GetProperty("search"), "query"));
        Assert.Equal((1, 1), (Number(read, "search", "total"), Number(read, "search", "count")));
        Assert.Equal("A cell, better seen", Text(read.GetProperty("search").GetProperty("artifacts")[0], "title"));
        Assert.Equal(("A cell", edited), (Text(read.GetProperty("one"), "title"), Text(read.GetProperty("one"), "txid")));
        Assert.False(read.GetProperty("none").GetProperty("success").GetBoolean());
        Assert.Equal("A cell, better seen", Text(read.GetProperty("record"), "title"));
        Assert.Equal((2, 1), (Number(read, "several"), Number(read, "floDataFound")));
        Assert.StartsWith("json:{\"oip042\":{\"publish\"", Text(read.GetProperty("floData").GetProperty("tx"), "floData"), StringComparison.Ordinal);
        Assert.Equal((0, 1, inParts[..10]), (Number(read, "multipart", "part"), Number(read, "multipart", "max"), Text(read.GetProperty("multipart"), "reference")));
        Assert.True(read.GetProperty("multipart").GetProperty("meta").GetProperty("complete").GetBoolean());
        Assert.Equal([0, 1], read.GetProperty("multiparts").EnumerateArray().Select(n => n.GetInt32()));
    }

    /// <summary>Writes the records into blocks; gives the ids of the edited one and of the one in parts.</summary>
    private static (string Edited, string InParts) Publish(SiloUnderTest silo)
    {
        silo.MineComment(RecordBuilder.RegisterComment("Test lab", TestHistory.TimeMs, Signer));
        var artifact = RecordBuilder.Sign(RecordBuilder.BuildTomogram(Draft("A cell", 1, null), Signer.Address, TestHistory.TimeMs / 1000), Signer);
        var edited = silo.MineComment(RecordBuilder.PublishComment(artifact));
        var whole = RecordBuilder.PublishComment(RecordBuilder.Sign(
            RecordBuilder.BuildTomogram(Draft("A cell in parts", 2, new string('n', 400)), Signer.Address, (TestHistory.TimeMs / 1000) + 1), Signer));
        var parts = MultipartSplitter.Split(whole, Signer.Address);
        Assert.Equal(2, parts.Count);
        var inParts = silo.MineComment(MultipartPart.Compose(0, 1, "", parts[0].Span, Signer));
        silo.MineComment(MultipartPart.Compose(1, 1, inParts, parts[1].Span, Signer));
        var changed = artifact.DeepClone().AsObject();
        changed["info"]!["title"] = "A cell, better seen";
        changed["timestamp"] = (TestHistory.TimeMs / 1000) + 2;
        silo.MineComment(RecordBuilder.EditComment(edited, artifact, changed, TestHistory.TimeMs + 2000, Signer));
        return (edited, inParts);
    }

    private static TomogramDraft Draft(string title, int number, string? notes) => new()
    {
        Title = title, Species = "Test species", Location = Location(number), Lab = "Test lab", SeriesId = $"test-{number}", Notes = notes,
        Files = [new RecordFile("rawdata/tilt.mrc", 300_000) { Type = "tomogram", Subtype = "tiltSeries" }],
    };

    private static string Location(int number) => $"QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N{number}";

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static IEnumerable<string> Texts(JsonElement list, string name) => list.EnumerateArray().Select(e => Text(e, name));

    private static int Number(JsonElement element, params string[] path) => path.Aggregate(element, (e, name) => e.GetProperty(name)).GetInt32();
}
