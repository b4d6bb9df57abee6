using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Ledger.Publishing.Pipeline;
using Etdb.Silo.Api;

namespace Etdb.Cli.Publish;

/// <summary>Hands transactions to the publisher's grain of a silo, which broadcasts them, survives restarts and broadcasts again after reorganisations.</summary>
internal sealed class SiloCarrier(SiloClient silo, string address, TimeProvider time) : IPublicationCarrier
{
    // A silo that died, or a database that is being restarted: nothing was acknowledged, and handing the same transactions over twice is harmless.
    private static readonly TimeSpan PatienceWithSilo = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250);

    private string? _handedOver;

    public async Task<CarrierReport> CarryAsync(PublicationJournal journal, CancellationToken cancellationToken)
    {
        var issue = journal.Current!;
        var handOver = $"{issue.FirstTxid} {issue.Transactions[^1].Txid}";
        var answer = _handedOver == handOver ? await StatusAsync(issue.FirstTxid, cancellationToken) : null;
        if (answer is null)
        {
            var request = Request(journal, issue);
            answer = await PatientlyAsync(() => silo.PostAsync<PublicationAnswer>($"publishers/{address}/publications", request, cancellationToken), cancellationToken);
            _handedOver = handOver;
        }

        return Report(answer, issue.Transactions.Count);
    }

    public async Task<int?> ConfirmationsAsync(string txid, CancellationToken cancellationToken)
    {
        // Only publications are asked for, by their first transaction; one that was replaced is on its way again when the ledger took it.
        var answer = await StatusAsync(txid, cancellationToken);
        return answer is { Phase: "broadcasting" or "confirming" or "final", Accepted: > 0 } ? answer.Confirmations ?? 0 : null;
    }

    private Task<PublicationAnswer?> StatusAsync(string txid, CancellationToken cancellationToken) =>
        PatientlyAsync(() => silo.GetAsync<PublicationAnswer>($"publishers/{address}/publications/{txid}", cancellationToken), cancellationToken);

    private async Task<T> PatientlyAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        for (var began = time.GetTimestamp(); ;)
        {
            try
            {
                return await call();
            }
            catch (CliException e) when (e.ExitCode == CliExit.No && time.GetElapsedTime(began) < PatienceWithSilo)
            {
                await Task.Delay(AskEvery, time, cancellationToken);
            }
        }
    }

    private static PublicationRequest Request(PublicationJournal journal, PublicationIssue issue)
    {
        var replaces = journal.Active > 0 ? journal.Issues[journal.Active - 1].FirstTxid : journal.Instead?.FirstTxid;
        return new PublicationRequest(issue.FirstTxid, journal.Title, [.. issue.Transactions.Select(t => new TransactionRequest(t.Txid, t.Hex))], replaces, issue.Parts);
    }

    private static CarrierReport Report(PublicationAnswer? answer, int total) => answer switch
    {
        null => new CarrierReport(0, null, CarrierObstacle.Later, "The silo does not know it yet."),
        { Phase: "failed" } => new CarrierReport(answer.Accepted, null, CarrierObstacle.Refused, answer.Problem),
        { Phase: "replaced" } => new CarrierReport(answer.Accepted, null, CarrierObstacle.CoinSpent, answer.Problem),
        { Phase: "final" } => new CarrierReport(total, answer.Confirmations ?? int.MaxValue, CarrierObstacle.None, null),
        { Phase: "confirming" } => new CarrierReport(total, answer.Confirmations, CarrierObstacle.None, null),
        { NeedsFee: true } => new CarrierReport(answer.Accepted, null, CarrierObstacle.FeeTooLow, answer.Problem),
        _ => new CarrierReport(answer.Accepted, null, CarrierObstacle.Later, answer.Problem),
    };
}
