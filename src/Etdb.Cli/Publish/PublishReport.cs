using System.Text.Json;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.UnixFs;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Cli.Publish;

/// <summary>What a publication costs: before, without asking any node, and after.</summary>
internal static class PublishReport
{
    /// <summary>Prints what publishing the folder as a new record would write and cost.</summary>
    public static async Task<int> EstimateAsync(
        string folder, DatasetManifest? manifest, IDigestSigner signer, FloNetwork network, SpendingPolicy policy, CliOutput output, CancellationToken ct)
    {
        var address = DigestMessageSigner.AddressOf(signer, network).Text;
        var measure = new Measure(address);
        string? root = null;
        byte[] comment;
        if (manifest is null)
        {
            comment = RecordBuilder.RegisterComment("name", 1_700_000_000_000, measure);
        }
        else
        {
            root = (await new UnixFsImporter(new ImportOptions { Profile = ImportProfile.V0Of2015 }, null).ImportPathAsync(folder, ct)).Cid.ToString();
            comment = RecordBuilder.PublishComment(RecordBuilder.Sign(ArtifactBuilder.Build(folder, manifest, root, address, 1_700_000_000), measure));
        }

        var sizes = new List<int>();
        RecordPublication.Plan(comment, measure, floData =>
        {
            sizes.Add(floData.Length);
            return new FundedTransaction("", Hash256.Zero.ToString(), 0);
        });
        var cost = CostEstimate.For(sizes, 1, policy);
        var answer = new
        {
            sent = false, recordTxid = (string?)null, title = manifest?.Title, root, address, parts = sizes.Count, recordBytes = comment.Length,
            transactions = cost.Transactions + cost.FanOutTransactions, floDataBytes = cost.FloDataBytes, transactionBytes = cost.VirtualBytes, feeFlo = Money.ToFlo(cost.Fee),
        };
        output.Write(answer, text => text.WriteLine(
            $"Would publish '{answer.title}': root {root}, {answer.parts} parts, {answer.recordBytes} bytes of record, "
            + $"{cost.FloDataBytes} bytes of floData in {answer.transactions} transactions of {cost.VirtualBytes} bytes, fee about {answer.feeFlo} FLO."));
        return CliExit.Done;
    }

    /// <summary>Prints how a dataset stands and what its latest publication cost.</summary>
    public static void Write(CliOutput output, DatasetHistory history, bool wrote)
    {
        var journal = history.Journal;
        var cost = journal?.Cost;
        var answer = new
        {
            sent = wrote,
            kind = wrote ? JsonNamingPolicy.KebabCaseLower.ConvertName(journal!.Kind.ToString()) : "unchanged",
            recordTxid = history.Record ?? journal?.Current?.FirstTxid,
            title = journal?.Title,
            root = history.Root,
            stage = journal is null ? null : JsonNamingPolicy.KebabCaseLower.ConvertName(journal.Stage.ToString()),
            confirmations = journal?.Confirmations,
            parts = journal?.Current?.Parts,
            raises = journal is null ? 0 : journal.Issues.Count - 1 + journal.Issues.Sum(i => i.Children),
            transactions = cost?.Transactions, floDataBytes = cost?.FloDataBytes, transactionBytes = cost?.TransactionBytes,
            feeFlo = cost is null ? (decimal?)null : Money.ToFlo(cost.FeeSatoshis),
        };
        output.Write(answer, text => text.WriteLine(wrote
            ? $"{Verb(journal!.Kind)} '{answer.title}' as {answer.recordTxid}: root {answer.root ?? "-"}, {answer.transactions} transactions, "
                + $"{answer.floDataBytes} bytes of floData, fee {answer.feeFlo} FLO, {answer.confirmations ?? 0} confirmations."
            : $"Nothing to do: record {answer.recordTxid} says what the folder says."));
    }

    private static string Verb(PublicationKind kind) => kind switch
    {
        PublicationKind.Publish => "Published",
        PublicationKind.Edit => "Edited",
        PublicationKind.Deactivate => "Withdrew",
        PublicationKind.Register => "Registered",
        _ => "Wrote",
    };

    /// <summary>Signs nothing: gives texts as long as signatures are.</summary>
    private sealed class Measure(string address) : IMessageSigner
    {
        public string Address => address;

        public string Sign(ReadOnlySpan<byte> message) => new('A', 88);
    }
}
