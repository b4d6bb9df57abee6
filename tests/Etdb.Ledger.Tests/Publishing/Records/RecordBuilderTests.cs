using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Publishing.Records;

public sealed class RecordBuilderTests
{
    private static readonly TomogramDraft Draft = new() { Species = "Escherichia coli", Title = "κρυο-ET ✓", Date = 1_577_836_800, Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", Defocus = 0 };

    [Fact]
    public void Golden_row_of_go_etdb_gives_its_bytes()
    {
        var golden = Vectors.Read("goetdb_mapping.json").GetProperty("golden");
        var draft = new TomogramDraft
        {
            Title = "testtitle",
            Tags = ["etdb", "jensen.lab", "tomogram", "electron.tomography"],
            Date = 1_577_836_800,
            TaxonomyId = 1,
            Notes = "Scope notes: testnotes\nSpecies notes: testnotes\nTilt series notes: testnotes\n",
            Microscope = "testscope",
            Species = "testsname",
            Strain = "teststrain",
            TiltSingleDual = 1,
            Defocus = 0.1,
            Dosage = 0.3,
            TiltMin = 0.4,
            TiltMax = 2,
            TiltStep = 0.1,
            Magnification = 0.2,
            Emdb = "testemdb",
            Microscopist = "testuname",
            Institution = "Caltech",
            Lab = "Jensen Lab",
            SeriesId = "testseries",
            Location = golden.Text("location"),
            Files =
            [
                new("file_123/testfname.png", 14) { DisplayName = "testfname.png", Subtype = "snapshot", Notes = "testnotes" },
                new("rawdata/testfname.mp4", 14) { Software = "testacquisition", DisplayName = "testfname.mp4", Subtype = "tiltSeries", Notes = "testfname.mp4" },
                new("keyimg_testseries_s.jpg", 24) { Type = "image", Subtype = "thumbnail", ContentType = "image/jpeg" },
                new("keyimg_testseries.jpg", 24) { Subtype = "keyimg", ContentType = "image/jpeg" },
                new("keymov_testseries.mp4", 1_990_544) { Subtype = "keymov", ContentType = "video/mp4" },
                new("keymov_testseries.flv", 6_389_760) { Subtype = "keymov", ContentType = "video/x-flv" },
            ],
        };
        var artifact = RecordBuilder.BuildTomogram(draft, golden.Text("floAddress"), golden.GetProperty("timestamp").GetInt64());
        artifact["signature"] = golden.Text("signature");
        Assert.Equal(golden.Text("expectedFloData"), Encoding.UTF8.GetString(RecordBuilder.PublishComment(artifact)));
    }

    [Fact]
    public void Strings_and_numbers_are_spelled_as_Go_spells_them()
    {
        var rules = Vectors.Read("goetdb_mapping.json").GetProperty("goJsonEncoding");
        foreach (var pair in rules.GetProperty("strings").EnumerateArray())
        {
            var text = new StringBuilder();
            JsonText.AppendString(text, pair[0].GetString(), go: true);
            Assert.Equal(pair[1].GetString(), text.ToString());
        }

        foreach (var pair in rules.GetProperty("floats").EnumerateArray().Where(p => p[0].GetDouble() != 0))
        {
            Assert.Equal(pair[1].GetString(), JsonText.Number(pair[0].GetDouble()));
        }
    }

    /// <summary>Section 8.3, "zero values dropped; free text dates; typo keys; software names lost when they contain a comma".</summary>
    [Fact]
    public void Details_as_people_write_them_become_those_of_the_table()
    {
        using var given = System.Text.Json.JsonDocument.Parse(
            """{"date":"2018-03-02","NBCItaxID":"562","speciesname":"E. coli","tiltConstant":0,"DEFOCUS":" -8.5","swAcquisition":"UCSF Tomo, v7","x":null,"own":[0]}""");
        var details = TomogramDetails.Read(given.RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value)));
        var artifact = RecordBuilder.BuildTomogram(Draft with { Species = "E. coli", FurtherDetails = [.. details] }, Oips.SignerA.Address, 1_700_000_000);
        var expected = new[]
        {
            ("date", "1519948800"), ("NCBItaxID", "562"), ("speciesName", "\"E. coli\""), ("tiltConstant", "0"), ("defocus", "-8.5"), ("swAcquisition", "\"UCSF Tomo, v7\""), ("own", "[0]"),
        };
        Assert.All(expected, e => Assert.Equal(e.Item2, artifact["details"]![e.Item1]!.ToJsonString()));
        Assert.Equal(expected.Length, details.Count);
    }

    [Theory]
    [InlineData("""{"date":"March 2018"}""")]
    [InlineData("""{"date":1.5}""")]
    [InlineData("""{"defocus":"8,5"}""")]
    [InlineData("""{"tiltMin":true}""")]
    [InlineData("""{"speciesName":7}""")]
    [InlineData("""{"NCBItaxID":1,"NBCItaxID":2}""")]
    public void Details_that_are_not_what_their_name_asks_for_are_refused(string json)
    {
        using var given = System.Text.Json.JsonDocument.Parse(json);
        Assert.Throws<FormatException>(() => TomogramDetails.Read(given.RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value))));
    }

    [Fact]
    public void A_signed_record_is_read_back_as_content_proven()
    {
        var signed = RecordBuilder.Sign(RecordBuilder.BuildTomogram(Draft, Oips.SignerA.Address, 1_700_000_000), Oips.SignerA);
        var message = Oips.Main.Read(RecordBuilder.PublishComment(signed), Oips.Height, false);
        var artifact = Assert.IsType<PublishMessage>(message).Artifact;
        Assert.Equal(ContentProofKind.Digest, artifact.Proof);
        Assert.Equal("κρυο-ET ✓", artifact.Title);
        Assert.Contains("\"defocus\":0", artifact.Json, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_change_of_a_proven_record_is_refused()
    {
        var signed = RecordBuilder.Sign(RecordBuilder.BuildTomogram(Draft, Oips.SignerA.Address, 1_700_000_000), Oips.SignerA);
        signed["details"]!["speciesName"] = "Homo sapiens";
        Assert.Equal(OipReason.ContentProofWrong, Oips.Main.Read(RecordBuilder.PublishComment(signed), Oips.Height, false).Reason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1040)]
    [InlineData(1041)]
    [InlineData(1742)]
    [InlineData(1743)]
    [InlineData(9_000)]
    [InlineData(100_000)]
    public void Parts_are_as_large_as_fit_and_never_cut_a_character(int characters)
    {
        foreach (var letter in new[] { "x", "é", "✓", "𝛼" })
        {
            var text = string.Concat(Enumerable.Repeat(letter, characters / Encoding.UTF8.GetByteCount(letter)));
            var comment = Encoding.UTF8.GetBytes(text);
            var shares = MultipartSplitter.Split(comment, Oips.SignerA.Address);
            Assert.Equal(text, string.Concat(shares.Select(s => Encoding.UTF8.GetString(s.Span))));
            if (shares.Count == 1)
            {
                continue;
            }

            for (var part = 0; part < shares.Count; part++)
            {
                var floData = MultipartPart.Compose(part, shares.Count - 1, part == 0 ? "" : Oips.Id(1), shares[part].Span, Oips.SignerA);
                Assert.InRange(floData.Length, part == shares.Count - 1 ? 1 : 1037, 1040);
                Assert.True(Oips.Main.Read(floData, Oips.Height, false) is PartMessage);
            }
        }
    }

    [Fact]
    public void More_than_a_thousand_parts_are_refused() =>
        Assert.Throws<FormatException>(() => MultipartSplitter.Split(new byte[900_000], Oips.SignerA.Address));

    [Fact]
    public void A_plan_references_the_first_transaction_and_reports_the_cost()
    {
        var number = 0;
        var comment = Encoding.UTF8.GetBytes("json:" + new string('x', 3000));
        var seen = new List<string>();
        var plan = RecordPublication.Plan(comment, Oips.SignerA, data =>
        {
            seen.Add(Encoding.UTF8.GetString(data.Span));
            return new FundedTransaction("0011", Oips.Id(++number), 1000);
        });
        Assert.Equal(4, plan.Transactions.Count);
        Assert.Equal(Oips.Id(1), plan.RecordTxid);
        Assert.Contains(Oips.Id(1), seen[3], StringComparison.Ordinal);
        Assert.Equal(new PublicationCost(4, seen.Sum(s => s.Length), 8, 4000), plan.Cost);
    }

    [Fact]
    public void A_difference_applied_as_a_patch_gives_the_target()
    {
        var from = JsonNode.Parse("""{"a":1,"b":{"c":[1,2],"d/e":"x"},"gone":true}""")!.AsObject();
        var to = JsonNode.Parse("""{"a":2,"b":{"c":[2],"d/e":"y","~":null},"new":{"z":[]}}""")!.AsObject();
        var patch = JsonPatch.TryParse(JsonSerializer.SerializeToElement(JsonDiff.Diff(from, to)))!;
        Assert.True(JsonNode.DeepEquals(to, patch.TryApply(from)));
    }
}
