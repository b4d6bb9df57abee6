using System.Text;
using System.Text.Json;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Flo;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>Multipart records: order, signers, duplicates, age.</summary>
public sealed class MultipartIndexTests
{
    private static readonly JsonElement Set = Vectors.Read("multipart.json");

    private static string Single(string id) => Set.GetProperty("singles").EnumerateArray().Single(v => v.Text("id") == id).Text("floData");

    private static OipIndex Run(CommentReader reader, params (string Txid, string Comment)[][] blocks)
    {
        var index = Oips.Index(reader);
        for (var i = 0; i < blocks.Length; i++)
        {
            index.Connect(Oips.BlockFor(reader, i + 1, 1_600_000_000 + (i * 40), blocks[i]));
        }

        return index;
    }

    [Fact]
    public void Published_records_assemble_in_any_order_and_across_blocks()
    {
        foreach (var assembly in Set.GetProperty("assemblies").EnumerateArray().Where(a => a.TryGetProperty("parts", out _)))
        {
            var ids = assembly.GetProperty("parts").EnumerateArray().Select(p => p.GetString()!).ToArray();
            var first = Set.GetProperty("singles").EnumerateArray().Single(v => v.Text("id") == ids[0]);
            var txid = first.TryGetProperty("txid", out var known) ? known.GetString()! : assembly.Text("referenceKey") + new string('0', 54);
            var parts = ids.Select((id, i) => (i == 0 ? txid : Oips.Id(i), Single(id))).ToArray();
            var reader = assembly.Text("id").StartsWith("goetdb", StringComparison.Ordinal) ? Oips.Test : OldMain;
            foreach (var order in new[] { parts, [.. parts.Reverse()], [.. parts.Skip(1), parts[0]] })
            {
                foreach (var blocks in new[] { [order], order.Select(p => new[] { p }).ToArray() })
                {
                    var index = Run(reader, blocks);
                    var record = Assert.Single(index.Records());
                    Assert.Equal(txid, record.Txid);
                    Assert.Empty(index.PendingMultiparts());
                    Assert.Empty(index.Refusals());
                    var isFull = Single(ids[1]).Contains(txid, StringComparison.Ordinal);
                    Assert.Equal(isFull ? ContentProofKind.Parts : ContentProofKind.None, record.Current.Proof);
                    Assert.Contains(JsonDocument.Parse(record.Current.Artifact.Json).RootElement.GetProperty("info").Text("title"), assembly.Text("assembled"), StringComparison.Ordinal);
                }
            }
        }
    }

    // The README's record uses the prefix that ended at 2,400,000: read without height rules.
    private static readonly CommentReader OldMain = new(OipRules.Test, new FloMessageVerifier(FloNetwork.Main));

    [Fact]
    public void A_foreign_part_neither_completes_nor_blocks_a_record()
    {
        const string txid = "ba96c5abbfb24e7a57bcba5e1aae6fd431dcf1be03469211718f6ec462a9fc14";
        var both = new CommentReader(OipRules.Test, new AnyNetwork());
        var index = Run(both, [(txid, Single("goetdb-2part-0"))], [(Oips.Id(1), Single("foreign-signer-part"))]);
        Assert.Empty(index.Records());
        Assert.Equal(2, index.PendingMultiparts().Count);
        index.Connect(Oips.BlockFor(both, 9, 1_600_000_400, (Oips.Id(2), Single("goetdb-2part-1"))));
        Assert.Equal("testtitle", Assert.Single(index.Records()).Current.Artifact.Title);
    }

    /// <summary>Lets main and test addresses meet in one chain, as the vectors do.</summary>
    private sealed class AnyNetwork : IMessageVerifier
    {
        private readonly FloMessageVerifier _main = new(FloNetwork.Main);
        private readonly FloMessageVerifier _test = new(FloNetwork.Test);

        public bool IsAddress(string address) => _main.IsAddress(address) || _test.IsAddress(address);

        public SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message) =>
            (_main.IsAddress(address) ? _main : _test).Verify(address, signature, message);
    }

    private static (string Txid, string Comment) Part(int number, int max, string reference, string data, int id, FloMessageSigner? signer = null) =>
        (Oips.Id(id), Encoding.UTF8.GetString(MultipartPart.Compose(number, max, reference, Encoding.UTF8.GetBytes(data), signer ?? Oips.SignerA)));

    private static string Publication => Vectors.Read("edits_deactivations_transfers.json").GetProperty("edits")[0].Text("originalFloData");

    [Fact]
    public void The_older_of_two_parts_counts_and_the_other_is_refused()
    {
        var (head, tail) = (Publication[..300], Publication[300..]);
        var index = Run(
            Oips.Main,
            [Part(0, 2, "", head, 1), Part(1, 2, Oips.Id(1), tail, 2), Part(1, 2, Oips.Id(1), "other", 3)],
            [Part(2, 2, Oips.Id(1), "", 4), Part(1, 2, Oips.Id(1), "late", 5)]);
        Assert.Equal("before", Assert.Single(index.Records()).Current.Artifact.Title);
        Assert.Equal([(Oips.Id(3), OipReason.MultipartDuplicate), (Oips.Id(5), OipReason.MultipartDuplicate)], index.Refusals().Select(r => (r.Txid, r.Reason)));
    }

    [Fact]
    public void The_first_part_says_how_many_there_are()
    {
        var (head, tail) = (Publication[..300], Publication[300..]);
        var index = Run(Oips.Main, [Part(1, 5, Oips.Id(1), tail, 2), Part(3, 5, Oips.Id(1), "x", 3), Part(0, 1, "", head, 1)]);
        Assert.Single(index.Records());
        Assert.Equal(OipReason.MultipartNumbers, Assert.Single(index.Refusals()).Reason);
    }

    [Fact]
    public void Parts_that_wait_for_more_than_a_week_are_stale()
    {
        var index = Oips.Index();
        index.Connect(Oips.BlockAt(1, 1_600_000_000, Part(0, 1, "", "x", 1), Part(1, 1, Oips.Id(0xff), "y", 2)));
        Assert.Equal(2, index.PendingMultiparts().Count);
        index.Connect(Oips.BlockAt(2, 1_600_000_000 + OipLimits.PendingSeconds + 1, Part(1, 1, Oips.Id(1), "late", 3)));
        Assert.Equal([OipReason.MultipartStale, OipReason.MultipartStale], index.Refusals().Select(r => r.Reason));
        Assert.Equal([Oips.Id(1)], index.PendingMultiparts().Select(p => p.Reference));
        index.Disconnect(index.Tip!.Hash);
        Assert.Equal(2, index.PendingMultiparts().Count);
        Assert.Empty(index.Refusals());
    }

    [Fact]
    public void More_than_a_thousand_parts_and_nested_and_foreign_records_are_refused()
    {
        Assert.Equal(OipReason.MultipartTooLong, Oips.Read(Part(0, 1000, "", "x", 1).Comment).Reason);
        var nested = Part(0, 1, "", "y", 9).Comment;
        var index = Run(
            Oips.Main,
            [Part(0, 1, "", nested, 1), Part(1, 1, Oips.Id(1), "", 2)],
            [Part(0, 1, "", Publication[..300], 3, Oips.SignerB), Part(1, 1, Oips.Id(3), Publication[300..], 4, Oips.SignerB)]);
        Assert.Empty(index.Records());
        Assert.Equal([OipReason.MultipartNested, OipReason.MultipartForeignSigner], index.Refusals().Select(r => r.Reason));
    }
}
