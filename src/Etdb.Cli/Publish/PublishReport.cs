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
    private const int OutputBytes = 34;

    /// <summary>Prints what publishing would write and cost now: a new record, an edit, a withdrawal, a name, or nothing.</summary>
    public static async Task<int> EstimateAsync(PublishIntent intent, IDigestSigner signer, FloNetwork network, SpendingPolicy policy, CliOutput output, CancellationToken ct)
    {
        var measure = new Measure(DigestMessageSigner.AddressOf(signer, network).Text);
        var (kind, root, comment) = await intent.CommentAsync(measure, ct);
        var sizes = new List<int>();
        if (comment.Length > 0)
        {
            RecordPublication.Plan(comment, measure, floData =>
            {
                sizes.Add(floData.Length);
                return new FundedTransaction("", Hash256.Zero.ToString(), 0);
            });
        }

        var cost = CostEstimate.For(sizes, sizes.Count, policy);

        // The first transaction makes further coins when the lab has few.
        var fee = sizes.Count == 0 ? 0 : cost.Fee + policy.FeeFor((policy.Lanes - 1) * OutputBytes);
        var answer = new
        {
            sent = false, kind = kind is { } k ? JsonNamingPolicy.KebabCaseLower.ConvertName(k.ToString()) : "unchanged", recordTxid = intent.Record, title = intent.Title, root,
            address = measure.Address, parts = sizes.Count, recordBytes = comment.Length,
            transactions = cost.Transactions + cost.FanOutTransactions, floDataBytes = cost.FloDataBytes, transactionBytes = cost.VirtualBytes, feeFlo = Money.ToFlo(fee),
        };
        output.Write(answer, text => text.WriteLine(kind is null
            ? $"Nothing to do: record {intent.Record} says what the folder says."
            : $"Would {answer.kind} '{answer.title}': root {root ?? "-"}, {answer.parts} parts, {answer.recordBytes} bytes of record, "
            + $"{cost.FloDataBytes} bytes of floData in {answer.transactions} transactions of {cost.VirtualBytes} bytes, fee at most about {answer.feeFlo} FLO."));
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
