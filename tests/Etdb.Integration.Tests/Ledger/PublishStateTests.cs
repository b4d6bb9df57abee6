using Etdb.Cli.Publish;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>What a lab keeps of its publications: which coins are promised, and what a file of before says.</summary>
public sealed class PublishStateTests : IDisposable
{
    private const string Lab = "oYidNmhhCZ76BEKyZJdiqu7YFAURRfSbCJ";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Coins_are_promised_by_what_is_on_its_way_and_by_nothing_else()
    {
        using var state = PublishState.Open(_folder.At("state"));
        Write(state, "final", Journal(1, PublicationStage.Final));
        Write(state, "failed", Journal(2, PublicationStage.Failed));
        Write(state, "sending", Journal(3, PublicationStage.Sending));
        Write(state, "confirming", Journal(4, PublicationStage.Confirming), Journal(5, PublicationStage.Confirming));
        Assert.Equal([3u, 4, 5], Promised(state, null));
        Assert.Equal([3u, 5], Promised(state, state.PathOf(Lab, "confirming")));
    }

    /// <summary>Written before files began with whether anything is on its way.</summary>
    [Fact]
    public void Files_of_before_are_read()
    {
        using var state = PublishState.Open(_folder.At("state"));
        Write(state, "sending", Journal(3, PublicationStage.Sending));
        var path = state.PathOf(Lab, "sending");
        var text = File.ReadAllText(path);
        Assert.StartsWith("{\n  \"IsQuiet\": false,", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace("\"IsQuiet\": false,", "", StringComparison.Ordinal));
        Assert.Equal([3u], Promised(state, null));
    }

    private static IEnumerable<uint> Promised(PublishState state, string? except) => state.Promised(except).Select(o => o.Index).Order();

    private static void Write(PublishState state, string dataset, PublicationJournal journal, params PublicationJournal[] earlier) =>
        DurableJson.Write(state.PathOf(Lab, dataset), new DatasetHistory { Address = Lab, Folder = dataset, Journal = journal, Earlier = earlier });

    private static PublicationJournal Journal(uint coin, PublicationStage stage)
    {
        var spends = new PlannedInput(Hash256.DoubleSha256("a coin"u8).ToString(), coin, 1, "", 0, 0);
        var transaction = new PlannedTransaction("", Hash256.Zero.ToString(), 0, 0) { Spends = [spends] };
        return new PublicationJournal { Kind = PublicationKind.Publish, Title = "t", Comment = [], Issues = [new PublicationIssue([transaction], 1, 0, 1)], Stage = stage };
    }
}
