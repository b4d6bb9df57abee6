using System.Text;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>What an index keeps and answers so that its log can be numbered for those who have heard another.</summary>
public sealed class LogNumberingTests : IDisposable
{
    private static readonly FloMessageSigner LabA = Signer(9);
    private static readonly FloMessageSigner LabB = Signer(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-numbers-").FullName;

    private string Database => Path.Combine(_folder, "ledger.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Numbering_stays_with_the_file()
    {
        using (var index = LedgerIndex.Open(Database, FloNetwork.Regtest))
        {
            Assert.Null(index.ReadStore(s => s.Numbering()));
            index.Keep(new LogNumbering(12, null));
            Assert.Equal(new LogNumbering(12, null), index.ReadStore(s => s.Numbering()));
            index.Keep(new LogNumbering(12, 7));
        }

        using (var again = LedgerIndex.Open(Database, FloNetwork.Regtest))
        {
            Assert.Equal(new LogNumbering(12, 7), again.ReadStore(s => s.Numbering()));
        }

        LedgerIndexStore.ForgetNumbering(Database);
        LedgerIndexStore.ForgetNumbering(Path.Combine(_folder, "none.db"));
        Assert.False(File.Exists(Path.Combine(_folder, "none.db")));
        using var forgotten = LedgerIndex.Open(Database, FloNetwork.Regtest);
        Assert.Null(forgotten.ReadStore(s => s.Numbering()));
    }

    [Fact]
    public async Task Last_words_are_the_last_entry_on_each_record_and_each_publisher()
    {
        var node = new MinedChain();
        using var index = LedgerIndex.Open(Database, FloNetwork.Regtest);
        var follower = new LedgerFollower(node, index, new FollowerOptions { StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        string Record(int number, FloMessageSigner lab) => node.Mine(Text(RecordBuilder.PublishComment(RecordBuilder.Sign(
            RecordBuilder.BuildTomogram(new TomogramDraft { Title = $"record {number}", Species = "E. coli", Date = 1, Location = $"folder {number}" }, lab.Address, 1_700_000_000 + number), lab))))[0];

        async Task FollowAsync() => Assert.True(await follower.CatchUpAsync(TestContext.Current.CancellationToken), follower.Problem?.ToString());
        node.Mine(Text(RecordBuilder.RegisterComment("lab A", 1_700_000_000_000, LabA)));
        var first = Record(1, LabA);
        Record(2, LabB);
        await FollowAsync();
        node.Mine(Text(RecordBuilder.DeactivateComment(first, 1, LabA)));
        node.Mine(Text(RecordBuilder.RegisterComment("lab A, renamed", 1_700_000_100_000, LabA)));
        await FollowAsync();

        // A branch without the withdrawal and without record 2, which comes later.
        node.CutTo(node.Height - 3);
        Record(3, LabB);
        node.MineEmpty(4);
        await FollowAsync();
        Record(2, LabB);
        await FollowAsync();

        var all = index.ReadStore(s => s.ReadEvents(0, 1000));
        Assert.True(all.Count > 8 && all.Select(e => e.Kind).Distinct().Count() == 4, string.Join(", ", all.Select(e => e.Kind)));
        for (var upTo = 0; upTo <= all.Count; upTo++)
        {
            var expected = all.Take(upTo).GroupBy(e => e.Kind == RecordEventKind.Publisher ? "p" + e.Owner : "r" + e.RecordTxid).Select(g => g.Max(e => e.Sequence));
            Assert.Equal(expected.Order(), index.ReadStore(s => s.LastWords(upTo)).Order());
        }
    }

    private static FloMessageSigner Signer(byte secret) => new(FloKey.FromSecret([.. Enumerable.Repeat(secret, 32)]), FloNetwork.Regtest);

    private static string Text(byte[] comment) => Encoding.UTF8.GetString(comment);
}
