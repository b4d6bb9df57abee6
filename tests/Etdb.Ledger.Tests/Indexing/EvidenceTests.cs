using System.Text;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Evidence;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>Evidence written from an index proves the same records without a node, and nothing else.</summary>
public sealed class EvidenceTests : IDisposable
{
    private static readonly FloMessageSigner Lab = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)9, 32)]), FloNetwork.Regtest);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-evidence-").FullName;
    private readonly LedgerIndex _index;
    private readonly MinedChain _node = new();
    private readonly List<string> _records = [];

    public EvidenceTests() => _index = LedgerIndex.Open(Path.Combine(_folder, "ledger.db"), FloNetwork.Regtest);

    public void Dispose()
    {
        _index.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task FillAsync()
    {
        for (var i = 0; i < 5; i++)
        {
            var draft = new TomogramDraft { Title = $"r{i}", Species = "E. coli", Date = 1, Notes = new string('n', 900), Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn" };
            var comment = RecordBuilder.PublishComment(RecordBuilder.Sign(RecordBuilder.BuildTomogram(draft, Lab.Address, 1_700_000_000 + i), Lab));
            var shares = MultipartSplitter.Split(comment, Lab.Address);
            _records.Add(_node.Mine(Encoding.UTF8.GetString(MultipartPart.Compose(0, shares.Count - 1, "", shares[0].Span, Lab)))[0]);
            _node.Mine("noise that is long enough to be looked at by anybody", Encoding.UTF8.GetString(MultipartPart.Compose(1, shares.Count - 1, _records[^1], shares[1].Span, Lab)));
            _node.MineEmpty(2);
        }

        var follower = new LedgerFollower(_node, _index, new FollowerOptions { StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        Assert.True(await follower.CatchUpAsync(TestContext.Current.CancellationToken));
        Assert.Equal(5, _index.Read(i => i.RecordCount));
    }

    private string Export(IReadOnlyCollection<string>? records, bool allHeaders)
    {
        using var writer = new StringWriter();
        EvidenceWriter.Write(_index, records, allHeaders, writer);
        return writer.ToString();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_that_was_exported_verifies(bool allHeaders)
    {
        await FillAsync();
        var report = EvidenceVerifier.Verify(new StringReader(Export(null, allHeaders)));
        Assert.Empty(report.Faults);
        Assert.Equal((allHeaders, 10, 5), (report.IsLinked, report.Transactions, report.Index.RecordCount));
        Assert.All(report.Index.Records(), r => Assert.True(r.IsContentProven));
    }

    [Fact]
    public async Task One_record_is_exported_with_all_its_parts_and_nothing_else()
    {
        await FillAsync();
        var report = EvidenceVerifier.Verify(new StringReader(Export([_records[2]], false)));
        Assert.True(report.IsValid);
        Assert.Equal((2, _records[2]), (report.Transactions, Assert.Single(report.Index.Records()).Txid));
    }

    [Fact]
    public async Task Changed_evidence_is_found_out()
    {
        await FillAsync();
        var text = Export(null, true);
        var lines = text.Split('\n');
        var holder = Array.FindLastIndex(lines, l => l.Contains("\"raw\"", StringComparison.Ordinal));
        var dropped = string.Join('\n', lines.Where((_, i) => i != holder - 1));
        var raw = lines[holder].IndexOf("\"raw\":\"", StringComparison.Ordinal) + 30;
        lines[holder] = lines[holder][..raw] + (lines[holder][raw] == '0' ? '1' : '0') + lines[holder][(raw + 1)..];
        Assert.False(EvidenceVerifier.Verify(new StringReader(string.Join('\n', lines))).IsValid);
        Assert.False(EvidenceVerifier.Verify(new StringReader(dropped)).IsLinked);
        Assert.Throws<FormatException>(() => EvidenceVerifier.Verify(new StringReader("{}")));
    }

    [Fact]
    public async Task Mutated_evidence_never_ends_in_anything_but_a_report()
    {
        await FillAsync();
        var text = Export(null, false);
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var mutated = text.ToCharArray();
            for (var i = 0; i < 1 + random.Next(4); i++)
            {
                mutated[random.Next(200, mutated.Length)] = (char)random.Next(32, 127);
            }

            Assert.NotNull(EvidenceVerifier.Verify(new StringReader(new string(mutated))));
        }
    }
}
