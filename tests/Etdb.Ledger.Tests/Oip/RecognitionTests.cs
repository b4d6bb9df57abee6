using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Flo;

namespace Etdb.Ledger.Tests.Oip;

/// <summary>Prefixes and heights of oipd.</summary>
public sealed class RecognitionTests
{
    private static string Part(string id) => Vectors.Read("multipart.json").GetProperty("singles").EnumerateArray().Single(v => v.Text("id") == id).Text("floData");

    private static string Legacy(string id) =>
        Oips.Compact(Vectors.Read("legacy_oip041_alexandria.json").GetProperty("records").EnumerateArray().Single(v => v.Text("id") == id).GetProperty("record"));

    private static string Json => "json:" + Oips.Compact(Vectors.Read("oip042_records.json").GetProperty("vectors")[0].GetProperty("record"));

    [Fact]
    public void Short_unknown_and_unconfirmed_comments_are_ignored()
    {
        Assert.Equal(OipReason.TooShort, Oips.Read("json:{\"oip042\":{}}").Reason);
        Assert.Equal(OipReason.NotOip, Oips.Read("a comment that is long enough but not for us").Reason);
        Assert.Equal(OipReason.NotOip, Oips.Read("json:{\"something\":\"else, but long enough\"}").Reason);
        Assert.Equal(OipReason.HeightRule, Oips.Read(Json, -1).Reason);
        Assert.Equal(OipReason.HeightRule, Oips.Read(Json, 999_999).Reason);
        Assert.Equal(OipReason.HeightRule, Oips.Read(Json, 1_999_999).Reason);
        Assert.IsType<PublishMessage>(Oips.Read(Json, 2_000_000));
        Assert.IsType<PublishMessage>(Oips.Read(Json, null));
    }

    [Fact]
    public void Prefixes_came_and_went_with_height()
    {
        Assert.IsType<IgnoredMessage>(Oips.Read(Part("etdb-mainnet-part0-of-2"), 2_263_000));
        Assert.IsType<PartMessage>(Oips.Read(Part("etdb-mainnet-part0-of-2"), 2_263_001));
        Assert.IsType<PartMessage>(Oips.Read(Part("mp-readme-7part-1"), 2_399_999));
        Assert.IsType<IgnoredMessage>(Oips.Read(Part("mp-readme-7part-1"), 2_400_000));
        Assert.IsType<PublishMessage>(Oips.Read(Legacy("alexandria-media-music"), 2_399_999));
        Assert.IsType<IgnoredMessage>(Oips.Read(Legacy("alexandria-media-music"), 2_400_000));
        Assert.IsType<IgnoredMessage>(Oips.Read(Legacy("041-test-2016"), 1_999_999));
        Assert.IsType<PublishMessage>(Oips.Read(Legacy("041-test-2016"), 2_000_000));
    }

    [Fact]
    public void Test_networks_have_no_heights()
    {
        Assert.IsType<PartMessage>(Oips.Read(Part("goetdb-2part-0"), 1, Oips.Test));
        Assert.IsType<PartMessage>(Oips.Read(Part("goetdb-2part-0"), -1, Oips.Test));
    }

    [Fact]
    public void Text_strips_itself_and_starts_over()
    {
        Assert.IsType<PublishMessage>(Oips.Read("text:text:" + Json));
        Assert.IsType<TextMessage>(Oips.Read("text:a comment that is long enough but not for us"));
        Assert.IsType<TextMessage>(Oips.Read("text:long enough with the prefix only, no"));
        Assert.IsType<TextMessage>(Oips.Read(string.Concat(Enumerable.Repeat("text:", 200_000))));
    }

    [Fact]
    public void Blanks_in_the_first_bytes_do_not_hide_a_prefix()
    {
        Assert.IsType<PublishMessage>(Oips.Read(Legacy("041-test-2016").Replace("{\"oip-041\":", " { \"oip-041\" : ", StringComparison.Ordinal)));
        Assert.IsType<PartMessage>(Oips.Read(" " + Part("etdb-mainnet-part0-of-2")));
    }

    [Fact]
    public void Historian_strings_count_in_coinbases_only()
    {
        var comment = System.Text.Encoding.UTF8.GetBytes(Vectors.Read("proto_oip5_historian.json").GetProperty("historianStrings")[2].Text("floData"));
        Assert.IsType<HistorianMessage>(Oips.Main.Read(comment, 2_000_000, true));
        Assert.IsType<IgnoredMessage>(Oips.Main.Read(comment, 2_000_000, false));
        Assert.IsType<IgnoredMessage>(Oips.Main.Read(comment, 2_731_000, true));
    }
}
