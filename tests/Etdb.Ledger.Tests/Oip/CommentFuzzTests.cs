using System.Globalization;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;
using Etdb.Ledger.Tests.Flo;

namespace Etdb.Ledger.Tests.Oip;

/// <summary>Seeded mutation of real comments, and the worst a stranger can write: always an answer, in time and in bounds.</summary>
public sealed class CommentFuzzTests
{
    private static readonly int Scale = int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), CultureInfo.InvariantCulture, out var scale) ? scale : 1;

    private static readonly string[] Fragments =
    [
        "{", "}", "[", "]", "\"", "\\", "\\ud800", "\\u0000", ":", ",", "null", "1e999", "-0", "9223372036854775808", "oip042", "publish", "artifact", "text:", "json:",
        "oip-mp(", "):", "p64:", "gp64:", "\0", "\uFFFD", "é", "𝛼", "\"timestamp\":1e400", "\"signature\":{}", "\"floAddress\":[]", "\"info\":null", "{\"oip-041\":",
    ];

    private static List<byte[]> Corpus()
    {
        var comments = new List<string>();
        comments.AddRange(Vectors.Read("oip042_records.json").GetProperty("vectors").EnumerateArray().Select(v => "json:" + Oips.Compact(v.GetProperty("record"))));
        comments.AddRange(Vectors.Read("legacy_oip041_alexandria.json").GetProperty("records").EnumerateArray().Select(v => Oips.Compact(v.GetProperty("record"))));
        comments.AddRange(Vectors.Read("multipart.json").GetProperty("singles").EnumerateArray().Select(v => v.Text("floData")));
        var edits = Vectors.Read("edits_deactivations_transfers.json");
        comments.AddRange(edits.GetProperty("edits").EnumerateArray().Where(v => v.TryGetProperty("editFloData", out _)).Select(v => v.Text("editFloData")));
        comments.AddRange(edits.GetProperty("deactivationsTransfers").EnumerateArray().Where(v => v.TryGetProperty("floData", out _)).Select(v => v.Text("floData")));
        var proto = Vectors.Read("proto_oip5_historian.json");
        comments.AddRange(proto.GetProperty("p64").EnumerateArray().Select(v => v.Text("p64")));
        comments.Add(proto.GetProperty("gp64Example").Text("floData"));
        comments.AddRange(proto.GetProperty("historianStrings").EnumerateArray().Select(v => v.Text("floData")));
        return comments.ConvertAll(Encoding.UTF8.GetBytes);
    }

    [Fact]
    public void Mutated_comments_always_get_an_answer()
    {
        var corpus = Corpus();
        for (var seed = 0; seed < 10_000 * Scale; seed++)
        {
            var random = new Random(seed);
            var comment = Mutate(corpus[random.Next(corpus.Count)], corpus, random);
            var message = Oips.Main.Read(comment, random.Next(4) switch { 0 => null, 1 => -1, 2 => random.Next(3_000_000), _ => Oips.Height }, random.Next(2) == 0);
            Assert.NotNull(OipView.Describe(message));
        }
    }

    private static byte[] Mutate(byte[] source, List<byte[]> corpus, Random random)
    {
        var bytes = source.ToList();
        for (var n = random.Next(1, 6); n > 0 && bytes.Count > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    var other = corpus[random.Next(corpus.Count)];
                    bytes.InsertRange(at, other.Take(random.Next(other.Length)));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    [Fact]
    public void Deep_wide_and_huge_json_is_refused_at_once()
    {
        Assert.Equal(OipReason.JsonInvalid, Oips.Read("json:" + new string('[', 100_000)).Reason);
        Assert.Equal(OipReason.JsonInvalid, Oips.Read("json:{\"oip042\":" + string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5001)).Reason);
        Assert.Equal(OipReason.JsonInvalid, Oips.Read("json:[" + string.Join(',', Enumerable.Repeat("1", 300_000)) + "]").Reason);
        Assert.Equal(OipReason.TooLarge, Oips.Main.Read(new byte[OipLimits.MaxRecordBytes + 1], null, null).Reason);
    }

    [Theory]
    [InlineData("""json:{"oip042":{"publish":{}},"oip042":{"publish":{}}}                """)]
    [InlineData("""json:{"oip042":{"publish":{"artifact":{"info":{"title":"a","t\u0069tle":"b"}}}}}""")]
    public void Keys_that_come_twice_are_refused(string comment) => Assert.Equal(OipReason.JsonDuplicateKey, Oips.Read(comment).Reason);

    [Theory]
    [InlineData("""json:{"oip042":{"publish":{"artifact":{"info":{"title":"\ud800"}}}}}""")]
    [InlineData("""json:{"oip042":{"publish":{"\udc00":{"info":{"title":"x"}}}}}      """)]
    public void Half_characters_are_refused(string comment) => Assert.Equal(OipReason.JsonInvalid, Oips.Read(comment).Reason);

    [Fact]
    public void A_zip_bomb_is_refused_and_not_unpacked()
    {
        using var buffer = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(buffer, System.IO.Compression.CompressionLevel.SmallestSize))
        {
            zip.Write(new byte[64 << 20]);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(OipReason.ProtoInvalid, Oips.Read("gp64:" + Convert.ToBase64String(buffer.ToArray())).Reason);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 16 << 20);
    }

    [Fact]
    public void A_patch_cannot_double_a_document_without_end()
    {
        var operations = string.Join(',', Enumerable.Range(0, 60).Select(i => $$"""{"op":"copy","from":"","path":"/k{{i}}"}"""));
        var patch = JsonPatch.TryParse(JsonDocument.Parse($"[{operations}]").RootElement)!;
        Assert.Null(patch.TryApply(new System.Text.Json.Nodes.JsonObject { ["a"] = 1 }));
    }
}
