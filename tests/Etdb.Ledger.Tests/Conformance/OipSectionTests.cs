using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Conformance;

/// <summary>Sentences of the description of OIP (sections 2.1 to 2.9) that no vector shows; the others are named in docs/internals/ledger-conformance.md.</summary>
public sealed class OipSectionTests
{
    private static readonly string Original = new('1', 64);

    private static string Publication => Vectors.Read("edits_deactivations_transfers.json").GetProperty("edits")[0].Text("originalFloData");

    private static JsonObject Artifact(string location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", long timestamp = 1_700_000_000) => new()
    {
        ["floAddress"] = Oips.SignerA.Address, ["timestamp"] = timestamp, ["type"] = "research", ["subtype"] = "tomogram",
        ["info"] = new JsonObject { ["title"] = "t", ["description"] = "d" }, ["storage"] = new JsonObject { ["network"] = "ipfs", ["location"] = location },
    };

    private static string Signed(JsonObject artifact, string text)
    {
        artifact["signature"] = Oips.SignerA.Sign(Encoding.UTF8.GetBytes(text));
        return "json:" + new JsonObject { ["oip042"] = new JsonObject { ["publish"] = new JsonObject { ["artifact"] = artifact } } }.ToJsonString();
    }

    private static string Action(string action, string type, JsonObject body, string text, FloMessageSigner? signer = null, bool inside = false)
    {
        var signature = (signer ?? Oips.SignerA).Sign(Encoding.UTF8.GetBytes(text));
        var around = new JsonObject { [type] = body };
        (inside ? body : around)["signature"] = signature;
        return "json:" + new JsonObject { ["oip042"] = new JsonObject { [action] = around } }.ToJsonString();
    }

    private static OipIndex Run(params (string Txid, string Comment)[] comments)
    {
        var index = Oips.Index();
        for (var i = 0; i < comments.Length; i++)
        {
            index.Connect(Oips.Block(i + 1, comments[i]));
        }

        return index;
    }

    // 2.1
    [Fact]
    public void Test_networks_have_no_historian_strings()
    {
        var comment = Encoding.UTF8.GetBytes(Vectors.Read("proto_oip5_historian.json").GetProperty("historianStrings")[2].Text("floData"));
        Assert.IsType<HistorianMessage>(Oips.Main.Read(comment, 2_730_999, true));
        Assert.IsType<IgnoredMessage>(Oips.Test.Read(comment, 2_000_000, true));
    }

    // 2.1: 35 bytes, not characters; the shortest comment that is looked at.
    [Theory]
    [InlineData(34, OipReason.TooShort)]
    [InlineData(35, OipReason.NotOip)]
    public void Comments_below_35_bytes_are_not_looked_at(int bytes, OipReason reason) => Assert.Equal(reason, Oips.Read(new string('x', bytes)).Reason);

    // 2.1 (3): json:, p64: and gp64: count on the untouched text only.
    [Theory]
    [InlineData(" json:{\"oip042\":{\"publish\":{}}}            ")]
    [InlineData("JSON:{\"oip042\":{\"publish\":{}}}            ")]
    [InlineData("js on:{\"oip042\":{\"publish\":{}}}            ")]
    [InlineData("json:{\"oip-042\":{\"publish\":{}}}            ")]
    [InlineData("json:[{\"oip042\":{\"publish\":{}}}]            ")]
    public void Prefixes_with_blanks_or_in_capitals_are_none(string comment) => Assert.IsType<IgnoredMessage>(Oips.Read(comment));

    // 2.2: the first action in the order publish, register, edit, transfer, deactivate.
    [Theory]
    [InlineData("publish", OipKind.Publish)]
    [InlineData("register", OipKind.Register)]
    [InlineData("edit", OipKind.Edit)]
    [InlineData("transfer", OipKind.Transfer)]
    [InlineData("deactivate", OipKind.Deactivate)]
    public void The_first_action_in_the_order_counts(string first, OipKind kind)
    {
        string[] order = ["deactivate", "transfer", "edit", "register", "publish"];
        var actions = order[..(Array.IndexOf(order, first) + 1)].Select(a => $"\"{a}\":{{\"artifact\":{{}}}}");
        Assert.Equal(kind, Oips.Read($"json:{{\"oip042\":{{{string.Join(',', actions)}}}}}            ").Kind);
    }

    // 2.3: a missing location signs as nothing, or as the word of JavaScript.
    [Theory]
    [InlineData("", true)]
    [InlineData("undefined", true)]
    [InlineData("null", false)]
    public void A_missing_location_is_signed_as_nothing_or_undefined(string word, bool holds)
    {
        var artifact = Artifact();
        artifact["storage"] = new JsonObject { ["network"] = "ipfs" };
        var message = Oips.Read(Signed(artifact, $"{word}-{Oips.SignerA.Address}-1700000000"));
        Assert.Equal(holds, message is PublishMessage);
    }

    // 2.3: seconds, or the milliseconds of JavaScript; both are signed as written.
    [Theory]
    [InlineData(1_700_000_000)]
    [InlineData(1_700_000_000_123)]
    public void Timestamps_are_seconds_or_milliseconds(long timestamp)
    {
        var artifact = Artifact(timestamp: timestamp);
        var location = artifact["storage"]!["location"]!.GetValue<string>();
        var message = Assert.IsType<PublishMessage>(Oips.Read(Signed(artifact, $"{location}-{Oips.SignerA.Address}-{timestamp}")));
        Assert.Equal((timestamp, 1_700_000_000), (message.Artifact.Timestamp, message.Artifact.UnixSeconds));
    }

    // 2.4: file keys in any case; unknown fields stay.
    [Fact]
    public void File_keys_are_read_in_any_case_and_unknown_fields_stay()
    {
        var artifact = Artifact();
        artifact["storage"]!["files"] = new JsonArray(new JsonObject { ["fName"] = "a", ["fSize"] = 5, ["hue"] = "blue" }, new JsonObject { ["fname"] = "b", ["fsize"] = "7" });
        artifact["unheardOf"] = new JsonObject { ["deep"] = new JsonArray(1, 2.50m, "x") };
        var location = artifact["storage"]!["location"]!.GetValue<string>();
        var message = Assert.IsType<PublishMessage>(Oips.Read(Signed(artifact, $"{location}-{Oips.SignerA.Address}-1700000000")));
        Assert.Equal(12, message.Artifact.BytesDeclared);
        Assert.True(JsonNode.DeepEquals(artifact, JsonNode.Parse(message.Artifact.Json)));
    }

    // 2.5: nobody wrote down what a platform signs (media-protocol says "not implemented"), so it cannot be verified, and is listed with that reason.
    [Theory]
    [InlineData("json:{\"oip042\":{\"register\":{\"platform\":{\"floAddress\":\"FUE5a3b45n9Jfr5apoq7VnsPxMkTVBnLJQ\"},\"signature\":\"x\"}}}")]
    public void Platforms_cannot_be_verified_and_are_listed(string comment)
    {
        var refusal = Assert.Single(Run((Oips.Id(1), comment)).Refusals());
        Assert.Equal("signature-uncheckable", refusal.Reason.Code());
    }

    // 2.5: nor what a pool of 0.42 signs; one that signs what older pools signed is taken.
    [Theory]
    [InlineData("pool")]
    [InlineData("autominerPool")]
    public void Pools_are_taken_when_they_sign_what_older_ones_did(string role)
    {
        var body = new JsonObject { ["floAddress"] = Oips.SignerA.Address, ["version"] = 1, ["webURL"] = "alexandria.io", ["targetMargin"] = 20, ["poolShare"] = 0 };
        string Comment(string text) => "json:" + new JsonObject
        {
            ["oip042"] = new JsonObject
            {
                ["register"] = new JsonObject { [role] = body.DeepClone(), ["signature"] = Oips.SignerA.Sign(Encoding.UTF8.GetBytes(text)) },
            },
        }.ToJsonString();
        Assert.Equal(role, Assert.IsType<RegisterMessage>(Oips.Read(Comment("alexandria.io-1-20-0"), Oips.Height)).Role);
        Assert.Equal("signature-uncheckable", Oips.Read(Comment("something else"), Oips.Height).Reason.Code());
    }

    // 2.5: the older retailers and promoters, with the keys media-protocol gives them; accounts are signed in the order of their sequence, or not at all.
    [Theory]
    [InlineData("retailer", """{"web-url":"https://a","version":1}""", "1Btc-https://a-1")]
    [InlineData("retailer", """{"web-url":"https://a","version":1,"optional-fields":{"name":"Shop","minimum-share":12.50}}""", "1Btc-https://a-1-Shop-12.5")]
    [InlineData("retailer", """{"web-url":"https://a","version":1,"optional-fields":{"name":"Shop"}}""", "1Btc-https://a-1-Shop-0")]
    [InlineData("promoter", """{"version":2}""", "1Btc-2")]
    [InlineData("promoter", """{"version":2,"social-media":[{"sequence":7,"network":"b","username":"y"},{"sequence":0,"network":"a","username":"x"}]}""", "1Btc-2-a-x-b-y")]
    [InlineData("promoter", """{"version":2,"social-media":[{"sequence":1,"network":"b","username":"y"},{"sequence":1,"network":"a","username":"x"}]}""", "1Btc-2")]
    [InlineData("promoter", """{"version":2,"social-media":[{"sequence":-1,"network":"b","username":"y"}]}""", "1Btc-2")]
    public void Retailers_and_promoters_sign_what_media_protocol_says(string role, string body, string text)
    {
        var json = JsonNode.Parse(body)!.AsObject();
        (json["FLOaddress"], json["BTCaddress"]) = (Oips.SignerA.Address, "1Btc");
        var comment = new JsonObject { [$"alexandria-{role}"] = json, ["signature"] = Oips.SignerA.Sign(Encoding.UTF8.GetBytes(text)) };
        var message = Assert.IsType<RegisterMessage>(Oips.Read(comment.ToJsonString(), height: 2_300_000));
        Assert.Equal((role, Oips.SignerA.Address), (message.Role, message.Address));
        json["version"] = 99;
        Assert.Equal(OipReason.SignatureWrong, Oips.Read(comment.ToJsonString(), height: 2_300_000).Reason);
    }

    // 2.5: autominer and influencer.
    [Fact]
    public void Autominers_and_influencers_sign_address_and_version()
    {
        var address = Oips.SignerA.Address;
        var autominer = Action("register", "autominer", new JsonObject { ["floAddress"] = address, ["version"] = 1 }, $"{address}-1");
        var influencer = Action("register", "influencer", new JsonObject { ["floAddress"] = address, ["version"] = 2, ["timestamp"] = 9 }, $"{address}-2-9", inside: true);
        var index = Run((Oips.Id(1), autominer), (Oips.Id(2), influencer));
        Assert.Empty(index.Refusals());
        Assert.NotNull(index.FindRegistration("autominer", address));
        Assert.NotNull(index.FindRegistration("influencer", address));
    }

    // 2.6: "ordered by edit.timestamp ascending", whatever the order of arrival, and seconds and milliseconds compare.
    [Fact]
    public void Edits_apply_in_the_order_of_their_own_time()
    {
        static string Edit(long time, string title) => Action(
            "edit", "artifact",
            new JsonObject { ["txid"] = Original, ["timestamp"] = time, ["patch"] = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/info/title", ["value"] = title }) },
            $"{Original}-{time}");
        var (early, late) = (Edit(1_700_000_100, "early"), Edit(1_700_000_200_000, "late"));
        foreach (var order in new[] { new[] { early, late }, [late, early] })
        {
            var record = Run((Original, Publication), (Oips.Id(2), order[0]), (Oips.Id(3), order[1])).Find(Original)!;
            Assert.Equal((3, "late"), (record.Versions.Count, record.Current.Artifact.Title));
        }
    }

    // 2.6 (f): a location that changes needs a record signature over the new one.
    [Fact]
    public void An_edit_of_the_location_without_a_new_record_signature_is_refused()
    {
        var edit = Action(
            "edit", "artifact",
            new JsonObject { ["txid"] = Original, ["timestamp"] = 1_700_000_100, ["patch"] = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/storage/location", ["value"] = "elsewhere" }) },
            $"{Original}-1700000100");
        var index = Run((Original, Publication), (Oips.Id(2), edit));
        Assert.Equal(OipReason.EditedRecordInvalid, Assert.Single(index.Refusals()).Reason);
        Assert.Single(index.Find(Original)!.Versions);
    }

    // 2.6: "only touches /signature and /timestamp" is empty.
    [Fact]
    public void An_edit_of_signature_and_time_only_is_refused()
    {
        var patch = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/signature", ["value"] = "x" }, new JsonObject { ["op"] = "replace", ["path"] = "/timestamp", ["value"] = 5 });
        var edit = Action("edit", "artifact", new JsonObject { ["txid"] = Original, ["timestamp"] = 1, ["patch"] = patch }, $"{Original}-1");
        Assert.Equal(OipReason.PatchMalformed, Oips.Read(edit).Reason);
    }

    // 2.7: signature inside TYPE or beside it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Deactivations_are_signed_inside_or_beside(bool inside)
    {
        var body = new JsonObject { ["artifactID"] = Original, ["timestamp"] = 1_700_000_100 };
        var comment = Action("deactivate", "artifact", body, $"{Original}-{Oips.SignerA.Address}-1700000100", inside: inside);
        Assert.True(Run((Original, Publication), (Oips.Id(2), comment)).Find(Original)!.IsDeactivated);
    }

    // 2.9: limits of numbers.
    [Theory]
    [InlineData(0, 0, OipReason.MultipartNumbers)]
    [InlineData(2, 1, OipReason.MultipartNumbers)]
    [InlineData(-1, 1, OipReason.MultipartNumbers)]
    [InlineData(999, 999, OipReason.None)]
    [InlineData(0, 1000, OipReason.MultipartTooLong)]
    public void Parts_have_numbers_within_limits(int part, int max, OipReason reason)
    {
        var comment = Encoding.UTF8.GetString(MultipartPart.Compose(part, max, part == 0 ? "" : Original, "data"u8, Oips.SignerA));
        Assert.Equal(reason, Oips.Read(comment).Reason);
    }

    // 2.9: no byte limit but ours; a thousand parts make a record.
    [Fact]
    public void A_thousand_parts_make_a_record()
    {
        var artifact = Artifact();
        artifact["info"]!["description"] = new string('d', 3000);
        var comment = Encoding.UTF8.GetBytes(Signed(artifact, $"{artifact["storage"]!["location"]}-{Oips.SignerA.Address}-1700000000"));
        var size = (comment.Length / 1000) + 1;
        var parts = Enumerable.Range(0, 1000).Select(i =>
        {
            var data = comment.AsSpan(Math.Min(comment.Length, i * size), Math.Min(size, Math.Max(0, comment.Length - (i * size))));
            return (Oips.Id(i + 1), Encoding.UTF8.GetString(MultipartPart.Compose(i, 999, i == 0 ? "" : Oips.Id(1)[..10], data, Oips.SignerA)));
        });
        Assert.Single(Run([.. parts.Reverse()]).Records());
    }

    // 2.9: go-etdb's table of chunks, which its parts must be read back from.
    [Fact]
    public void Splitting_fills_comments_to_1040_bytes_and_joins_to_the_same()
    {
        foreach (var row in Vectors.Read("multipart.json").GetProperty("goetdbChunking").GetProperty("table").EnumerateArray())
        {
            var text = new byte[row.GetProperty("totalBytes").GetInt32()];
            Array.Fill(text, (byte)'x');
            var shares = MultipartSplitter.Split(text, Oips.SignerA.Address);
            Assert.Equal(text.Length, shares.Sum(s => s.Length));
            Assert.True(shares.Count <= row.GetProperty("parts").GetInt32());
            var comments = shares.Select((s, i) =>
                shares.Count == 1 ? s.ToArray() : MultipartPart.Compose(i, shares.Count - 1, i == 0 ? "" : Original, s.Span, Oips.SignerA));
            Assert.All(comments, c => Assert.InRange(c.Length, 1, OipLimits.RelayCommentBytes));
        }
    }
}
