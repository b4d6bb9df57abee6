using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>What an attacker who can only copy signatures can no longer do.</summary>
public sealed class ContentProofTests
{
    private const string Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

    private static JsonObject Artifact(string title, bool proven) => RecordBuilder.Sign(
        RecordBuilder.BuildTomogram(new TomogramDraft { Title = title, Species = "E. coli", Date = 1, Location = Location }, Oips.SignerA.Address, 1_700_000_000), Oips.SignerA, proven);

    private static string Text(byte[] comment) => Encoding.UTF8.GetString(comment);

    private static string Publish(JsonObject artifact) => Text(RecordBuilder.PublishComment(artifact));

    private static OipIndex Run(params string[] comments)
    {
        var index = Oips.Index();
        for (var i = 0; i < comments.Length; i++)
        {
            index.Connect(Oips.Block(i + 1, (Oips.Id(i + 1), comments[i])));
        }

        return index;
    }

    private static JsonObject Changed(JsonObject artifact, string title)
    {
        var changed = artifact.DeepClone().AsObject();
        changed["info"]!["title"] = title;
        return changed;
    }

    [Fact]
    public void A_copied_signature_over_other_metadata_is_refused()
    {
        var set = Vectors.Read("oip042_records.json").GetProperty("vectors").EnumerateArray().ToDictionary(v => v.Text("id"), v => "json:" + Oips.Compact(v.GetProperty("record")));
        var index = Run(set["etdb-mainnet-8a07e957"], set["weak-tampered-title-replay"], set["etdb-mainnet-8a07e957"]);
        Assert.Equal("Sulfolobus solfac.P2+STIV", Assert.Single(index.Records()).Current.Artifact.Title);
        Assert.Equal([OipReason.RecordReplayed, OipReason.RecordDuplicate], index.Refusals().Select(r => r.Reason));
    }

    [Fact]
    public void A_copy_that_was_mined_first_gives_way_to_the_proven_record()
    {
        var genuine = Artifact("genuine", proven: true);
        var stripped = Changed(genuine, "VANDALISED");
        stripped.Remove(ContentProof.Member);
        var index = Run(Publish(stripped), Publish(genuine));
        var record = Assert.Single(index.Records());
        Assert.Equal(("genuine", true), (record.Current.Artifact.Title, record.IsContentProven));
        Assert.Equal(OipReason.RecordDisplaced, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void An_edit_keeps_a_proven_record_proven()
    {
        var artifact = Artifact("one", proven: true);
        var index = Run(Publish(artifact), Text(RecordBuilder.EditComment(Oips.Id(1), artifact, Changed(artifact, "two"), 1_700_000_000_001, Oips.SignerA)));
        var record = Assert.Single(index.Records());
        Assert.Equal(("two", 2, true), (record.Current.Artifact.Title, record.Versions.Count, record.IsContentProven));
        Assert.Empty(index.Refusals());
    }

    [Fact]
    public void An_unbound_edit_of_a_proven_record_is_refused()
    {
        var artifact = Artifact("one", proven: true);
        var edit = JsonNode.Parse(Text(RecordBuilder.EditComment(Oips.Id(1), artifact, Changed(artifact, "two"), 1_700_000_000_001, Oips.SignerA))["json:".Length..])!;
        edit["oip042"]!["edit"]!.AsObject().Remove(ContentProof.PatchMember);
        var index = Run(Publish(artifact), "json:" + edit.ToJsonString());
        Assert.Equal("one", Assert.Single(index.Records()).Current.Artifact.Title);
        Assert.Equal(OipReason.ContentProofMissing, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void A_bound_edit_takes_the_place_of_one_that_copied_its_signature()
    {
        var artifact = Artifact("one", proven: false);
        var genuine = JsonNode.Parse(Text(RecordBuilder.EditComment(
            Oips.Id(1), JsonNode.Parse("""[{"op":"replace","path":"/info/title","value":"two"}]""")!.AsArray(), 1_700_000_000_001, Oips.SignerA))["json:".Length..])!;
        var copied = genuine.DeepClone();
        copied["oip042"]!["edit"]!.AsObject().Remove(ContentProof.PatchMember);
        copied["oip042"]!["edit"]!["artifact"]!["patch"]![0]!["value"] = "VANDALISED";
        var index = Run(Publish(artifact), "json:" + copied.ToJsonString(), "json:" + genuine.ToJsonString());
        Assert.Equal("two", Assert.Single(index.Records()).Current.Artifact.Title);
        Assert.Equal((Oips.Id(2), OipReason.ActionReplayed), (index.Refusals()[0].Txid, Assert.Single(index.Refusals()).Reason));
    }

    [Fact]
    public void Edits_apply_by_their_own_time_whatever_order_they_are_mined_in()
    {
        string Edit(string title, long time) => Text(RecordBuilder.EditComment(
            Oips.Id(1), JsonNode.Parse($$"""[{"op":"replace","path":"/info/title","value":"{{title}}"}]""")!.AsArray(), time, Oips.SignerA));
        var publication = Publish(Artifact("one", proven: false));
        var straight = Run(publication, Edit("two", 1_700_000_000_001), Edit("three", 1_700_000_000_002));
        var crossed = Run(publication, Edit("three", 1_700_000_000_002), Edit("two", 1_700_000_000_001));
        Assert.Equal("three", straight.Records()[0].Current.Artifact.Title);
        Assert.Equal("three", crossed.Records()[0].Current.Artifact.Title);
        Assert.Equal(3, crossed.Records()[0].Versions.Count);
    }

    [Fact]
    public void An_edit_signature_of_2018_does_not_deactivate()
    {
        var artifact = Publish(Artifact("one", proven: false));
        var time = 1_700_000_000L;
        var signature = Oips.SignerA.Sign(Encoding.UTF8.GetBytes($"{Oips.Id(1)}-{Oips.SignerA.Address}-{time}"));
        string Envelope(string body) => $"json:{{\"oip042\":{body}}}";
        var edit = Envelope(
            $"{{\"edit\":{{\"artifact\":{{\"txid\":\"{Oips.Id(1)}\",\"timestamp\":{time},\"patch\":[{{\"op\":\"replace\",\"path\":\"/info/title\",\"value\":\"two\"}}]}},\"signature\":\"{signature}\"}}}}");
        var deactivation = Envelope($"{{\"deactivate\":{{\"artifact\":{{\"artifactID\":\"{Oips.Id(1)}\",\"timestamp\":{time}}},\"signature\":\"{signature}\"}}}}");
        var index = Run(artifact, edit, deactivation);
        Assert.False(index.Records()[0].IsDeactivated);
        Assert.Equal(OipReason.ActionReplayed, Assert.Single(index.Refusals()).Reason);
    }
}
