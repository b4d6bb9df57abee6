using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>Edits, deactivations and transfers of the published vectors, through the index.</summary>
public sealed class EditVectorTests
{
    private static readonly JsonElement Set = Vectors.Read("edits_deactivations_transfers.json");

    private static readonly string Original = new('1', 64);

    private static string Publication => Set.GetProperty("edits")[0].Text("originalFloData");

    private static JsonElement Case(string list, string id) =>
        Set.GetProperty(list).EnumerateArray().Single(v => v.Text("id") == id);

    private static OipIndex Run(params (string Txid, string Comment)[] comments)
    {
        var index = Oips.Index();
        for (var i = 0; i < comments.Length; i++)
        {
            index.Connect(Oips.Block(i + 1, comments[i]));
        }

        return index;
    }

    [Theory]
    [InlineData("edit-title-and-location")]
    [InlineData("edit-title-only-no-new-record-signature")]
    public void Edits_give_the_stated_artifact(string id)
    {
        var vector = Case("edits", id);
        var record = Run((Original, vector.Text("originalFloData")), (vector.Text("editTxid"), vector.Text("editFloData"))).Find(Original)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(vector.GetProperty("expectedArtifact").GetRawText()), JsonNode.Parse(record.Current.Artifact.Json)));
        Assert.Equal(vector.Text("editTxid"), record.Current.Place.Txid);
        Assert.Equal(2, record.Versions.Count);
    }

    [Theory]
    [InlineData("edit-array-append", "\"fname\":\"3dimage_1/b.rec\"")]
    [InlineData("edit-escaped-pointer", "\"a/b~c\":1")]
    [InlineData("edit-move-op", "\"notes\":\"a\"")]
    [InlineData("edit-legacy-preimage", "\"title\":\"after\"")]
    public void Edits_apply(string id, string text)
    {
        var vector = Case("edits", id);
        var record = Run((Original, Publication), (Oips.Id(2), vector.Text("editFloData"))).Find(Original)!;
        Assert.Contains(text, record.Current.Artifact.Json, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_by_another_key_is_refused()
    {
        var index = Run((Original, Publication), (Oips.Id(2), Case("edits", "edit-by-other-key").Text("editFloData")));
        Assert.Equal(new Refusal(Oips.Id(2), OipReason.SignatureWrong, Oips.Height + 2), Assert.Single(index.Refusals()));
        Assert.Single(index.Find(Original)!.Versions);
    }

    [Fact]
    public void An_edit_of_an_unknown_record_waits_a_week_and_is_refused()
    {
        var index = Oips.Index();
        index.Connect(Oips.BlockAt(1, 1_700_000_000, (Oips.Id(2), Case("edits", "edit-unknown-record").Text("editFloData"))));
        index.Connect(Oips.BlockAt(2, 1_700_000_000 + (7 * 86400)));
        Assert.Empty(index.Refusals());
        index.Connect(Oips.BlockAt(3, 1_700_000_001 + (7 * 86400)));
        Assert.Equal(OipReason.OriginalUnknown, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void An_edit_that_comes_before_its_record_applies_when_the_record_comes()
    {
        var index = Run((Oips.Id(2), Case("edits", "edit-title-and-location").Text("editFloData")), (Original, Publication));
        Assert.Equal("after", index.Find(Original)!.Current.Artifact.Title);
    }

    [Fact]
    public void A_copied_edit_signature_with_another_patch_is_refused()
    {
        var index = Run(
            (Original, Publication),
            (Oips.Id(2), Case("edits", "edit-title-and-location").Text("editFloData")),
            (Oips.Id(3), Case("edits", "weak-edit-signature-replay").Text("editFloData")));
        Assert.Equal("after", index.Find(Original)!.Current.Artifact.Title);
        Assert.Equal(OipReason.ActionReplayed, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void Only_the_owner_deactivates_and_only_signed()
    {
        var index = Run(
            (Original, Publication),
            (Oips.Id(2), Case("deactivationsTransfers", "oip042-deactivate-by-other-key").Text("floData")),
            (Oips.Id(3), Case("deactivationsTransfers", "oipd-deactivate-shape-unsigned").Text("floData")));
        Assert.False(index.Find(Original)!.IsDeactivated);
        Assert.Equal([OipReason.SignatureWrong, OipReason.SignatureMissing], index.Refusals().Select(r => r.Reason));

        index.Connect(Oips.Block(9, (Oips.Id(4), Case("deactivationsTransfers", "oip042-deactivate-by-owner").Text("floData"))));
        Assert.Equal(Oips.Id(4), index.Find(Original)!.DeactivatedBy);
    }

    [Fact]
    public void A_transfer_changes_the_owner_once()
    {
        var transfer = Case("deactivationsTransfers", "oip042-transfer").Text("floData");
        var index = Run((Original, Publication), (Oips.Id(2), transfer), (Oips.Id(3), transfer));
        Assert.Equal("FV7atpb74f6ZNhn7Lsex4RR3xgiYXrYKCH", index.Find(Original)!.Owner);
        Assert.Equal(OipReason.SignatureWrong, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void The_alexandria_deactivation_is_told_from_its_misprint()
    {
        var good = Case("deactivationsTransfers", "alexandria-deactivation").GetProperty("record");
        var bad = Case("deactivationsTransfers", "alexandria-deactivation-doc-mismatch").GetProperty("record");
        Assert.IsType<DeactivateMessage>(Oips.Read(Oips.Compact(good), 1_500_000));
        Assert.Equal(OipReason.SignatureWrong, Oips.Read(Oips.Compact(bad), 1_500_000).Reason);
    }

    [Fact]
    public void The_squashed_patch_expands_to_the_same_operations()
    {
        var literature = Case("editLiterature", "mp-oip042-edit-squashed");
        var edit = Assert.IsType<EditMessage>(Oips.ReadAny("json:" + Oips.Compact(literature.GetProperty("record"))));
        Assert.Equal(["replace /info/title", "remove /details/members", "remove /details/attrs"], edit.Patch.Operations.Select(o => $"{o.Op} /{string.Join('/', o.Path.Tokens)}"));
        Assert.Equal(OipReason.None, SignedText.Check(new FloMessageVerifier(FloNetwork.Test), literature.Text("address"), edit.Signature, literature.Text("preimage")));
    }

    [Fact]
    public void Registrations_take_the_latest_and_refuse_older_ones()
    {
        var registration = Set.GetProperty("registrations")[0].Text("floData");
        var index = Run((Oips.Id(1), registration), (Oips.Id(2), Set.GetProperty("registrations")[1].Text("floData")));
        Assert.Equal("ETDB Caltech", index.FindRegistration("pub", "FUE5a3b45n9Jfr5apoq7VnsPxMkTVBnLJQ")!.Message.Alias);
        Assert.Equal(OipReason.RegistrationOutdated, Assert.Single(index.Refusals()).Reason);
    }
}
