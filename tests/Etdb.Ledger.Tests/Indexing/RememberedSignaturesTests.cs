using System.Text;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Ledger.Indexing.Reading;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Tests.Oip;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>What was verified once is not computed again after a restart, what was not is, and a changed file is noticed.</summary>
public sealed class RememberedSignaturesTests : IDisposable
{
    private const string Location = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

    private static readonly FloMessageSigner Lab = new(FloKey.FromSecret([.. Enumerable.Repeat((byte)9, 32)]), FloNetwork.Regtest);

    private readonly string _folder = Directory.CreateTempSubdirectory("etdb-ledger-").FullName;
    private readonly MinedChain _node = new();

    private string Path => System.IO.Path.Combine(_folder, "ledger.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LedgerIndex Open() => LedgerIndex.Open(Path, FloNetwork.Regtest);

    private static byte[] Publication(string title, int timestamp) => RecordBuilder.PublishComment(RecordBuilder.Sign(
        RecordBuilder.BuildTomogram(new TomogramDraft { Title = title, Species = "E. coli", Date = 1, Location = Location }, Lab.Address, timestamp), Lab, withContentProof: false));

    /// <summary>Two records in parts, two whole ones, a wrong signature among them and an edit.</summary>
    private async Task<string> FillAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            var comment = Publication($"parts {i}", 1_700_000_000 + i);
            var first = _node.Mine(Encoding.UTF8.GetString(MultipartPart.Compose(0, 1, "", comment.AsSpan(0, 200), Lab)))[0];
            _node.Mine(Encoding.UTF8.GetString(MultipartPart.Compose(1, 1, first, comment.AsSpan(200), Lab)));
        }

        var whole = Encoding.UTF8.GetString(Publication("whole", 1_700_000_010));
        _node.Mine(whole, Encoding.UTF8.GetString(Publication("other", 1_700_000_011)), whole.Replace("1700000010", "1700000012", StringComparison.Ordinal));
        using var index = Open();
        var follower = new LedgerFollower(_node, index, new FollowerOptions { BatchBlocks = 2, StepBudget = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        Assert.True(await follower.CatchUpAsync(TestContext.Current.CancellationToken), follower.Problem?.ToString());
        var dump = index.Read(Oips.Dump);
        Assert.Contains("SignatureWrong", dump, StringComparison.Ordinal);
        Assert.Equal(4, index.Read(i => i.RecordCount));
        return dump;
    }

    private long Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return Convert.ToInt64(command.ExecuteScalar() ?? 0L, System.Globalization.CultureInfo.InvariantCulture);
    }

    private long Remembered() => Execute("SELECT ifnull(sum(length(digests)),0) FROM verified") / VerifiedSignatures.DigestBytes;

    [Fact]
    public async Task Before_events_are_told_something_is_written_that_syncs_the_log()
    {
        await FillAsync();
        using var index = Open();
        var log = new FileInfo(Path + "-wal");
        var before = log.Exists ? log.Length : 0;
        Assert.NotEmpty(index.ReadFeed(0, 10, null, null).Events);
        log.Refresh();
        Assert.True(log.Length > before, "SQLite wrote nothing, and so it synced nothing.");
    }

    [Fact]
    public async Task A_restart_comes_to_the_same_and_verifies_nothing_again()
    {
        var dump = await FillAsync();
        var remembered = Remembered();
        Assert.True(remembered >= 6, $"{remembered}");
        using (var again = Open())
        {
            Assert.Equal(dump, again.Read(Oips.Dump));
        }

        // What had to be computed would have been added.
        Assert.Equal(remembered, Remembered());
    }

    [Fact]
    public async Task What_is_not_remembered_or_by_other_rules_is_computed_again()
    {
        var dump = await FillAsync();
        var remembered = Remembered();
        Execute("UPDATE verified SET version=0");
        using (var again = Open())
        {
            Assert.Equal(dump, again.Read(Oips.Dump));
        }

        Assert.Equal(0, Execute("SELECT count(*) FROM verified WHERE version=0"));
        Assert.True(Remembered() <= remembered && Remembered() > 0);
        Execute("DELETE FROM verified");
        using (var again = Open())
        {
            Assert.Equal(dump, again.Read(Oips.Dump));
        }
    }

    [Fact]
    public async Task A_file_of_the_layout_before_is_taken_over()
    {
        var dump = await FillAsync();
        Execute("DROP TABLE verified; UPDATE meta SET value='2' WHERE key='schema'");
        using (var again = Open())
        {
            Assert.Equal(dump, again.Read(Oips.Dump));
        }

        Assert.True(Remembered() > 0);
    }

    [Theory]
    [InlineData("one byte of a transaction", false)]
    [InlineData("UPDATE comments SET proof=zeroblob(32)", true)]
    [InlineData("UPDATE comments SET raw=substr(raw,1,60)", true)]
    [InlineData("UPDATE blocks SET header=(SELECT header FROM blocks WHERE height=1) WHERE height=4", true)]
    public async Task A_changed_file_is_noticed(string change, bool simple)
    {
        await FillAsync();
        if (simple)
        {
            Execute(change);
        }
        else
        {
            ChangeOneByte();
        }

        Assert.Contains("damaged", Assert.Throws<FormatException>(Open).Message, StringComparison.Ordinal);
    }

    /// <summary>Another title in a stored transaction, everything else as it was.</summary>
    private void ChangeOneByte()
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT height, position, raw FROM comments ORDER BY height DESC, position LIMIT 1";
        using var row = read.ExecuteReader();
        Assert.True(row.Read());
        var (height, position, raw) = (row.GetInt64(0), row.GetInt64(1), (byte[])row.GetValue(2));
        row.Close();
        raw[raw.AsSpan().IndexOf("whole"u8)] ^= 0x20;
        Execute("UPDATE comments SET raw=$raw WHERE height=$height AND position=$position", ("$raw", raw), ("$height", height), ("$position", position));
    }

    [Fact]
    public async Task Signatures_that_only_the_file_says_are_valid_are_found_by_verifying_it()
    {
        await FillAsync();
        Assert.True(Verify().IsValid);

        // Who can write the file can claim that the copied signature of the refused record is right: a restart believes it, an audit does not.
        var signature = System.Text.Json.JsonDocument.Parse(Publication("whole", 1_700_000_010).AsMemory("json:".Length)).RootElement
            .GetProperty("oip042").GetProperty("publish").GetProperty("artifact").GetProperty("signature").GetString()!;
        var memory = new VerifiedSignatures(FloNetwork.Regtest);
        memory.Add(memory.Key(Lab.Address, signature, Encoding.UTF8.GetBytes($"{Location}-{Lab.Address}-1700000012")));
        Execute("INSERT INTO verified(version, digests) VALUES(1, $digests)", ("$digests", memory.TakeFresh()));
        using (var believing = Open())
        {
            Assert.Equal(5, believing.Read(i => i.RecordCount));
        }

        Assert.Contains("do not prove it", Assert.Single(Verify().Faults).What, StringComparison.Ordinal);
    }

    private Etdb.Ledger.Indexing.Evidence.EvidenceReport Verify() => Etdb.Ledger.Indexing.Evidence.IndexAudit.Verify(Path, FloNetwork.Regtest, 0);

    [Fact]
    public void A_remembered_signature_stands_for_nothing_else()
    {
        var memory = new VerifiedSignatures(FloNetwork.Regtest);
        var key = memory.Key("address", "signature", "message"u8);
        Assert.NotEqual(key, memory.Key("address", "signaturem", "essage"u8));
        Assert.NotEqual(key, memory.Key("addresss", "ignature", "message"u8));
        Assert.NotEqual(key, memory.Key("address", "signature", "messagf"u8));
        Assert.NotEqual(key, new VerifiedSignatures(FloNetwork.Main).Key("address", "signature", "message"u8));
    }
}
