using Etdb.Cli.CommandLine;
using Etdb.Cli.Remote;
using Etdb.Ledger.Publishing.Records;
using Etdb.Silo.Api;

namespace Etdb.Cli.Publish;

/// <summary>Hands plans to the publisher's grain, which broadcasts them, survives restarts and re-broadcasts after reorganisations.</summary>
internal sealed class SiloSink(SiloClient silo, TimeProvider time) : IPublicationSink
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // A silo that died, or a database that is being restarted: nothing was acknowledged, and handing the same plan over twice is harmless.
    private static readonly TimeSpan PatienceWithSilo = TimeSpan.FromMinutes(1);

    public async Task SendAsync(string address, string title, PublicationPlan plan, CancellationToken cancellationToken)
    {
        var path = $"publishers/{address}/publications";
        var body = new PublicationRequest(plan.RecordTxid, title, [.. plan.Transactions.Select(t => new TransactionRequest(t.Txid, t.Hex))]);
        var began = time.GetTimestamp();
        var answer = await PatientlyAsync(() => silo.PostAsync<PublicationAnswer>(path, body, cancellationToken), cancellationToken);
        while (answer is not { Phase: "confirming" or "final" })
        {
            if (answer?.Phase == "failed")
            {
                throw new CliException($"the FLO node refused the record for good: {answer.Problem}") { ExitCode = CliExit.No };
            }

            if (time.GetElapsedTime(began) > Limit)
            {
                throw new CliException($"the silo has the record but could not broadcast it yet: {answer?.Problem ?? "no reason given"}. It goes on by itself; look again with 'etdb status'.") { ExitCode = CliExit.No };
            }

            await Task.Delay(PollEvery, time, cancellationToken);
            answer = await PatientlyAsync(() => silo.GetAsync<PublicationAnswer>($"{path}/{plan.RecordTxid}", cancellationToken), cancellationToken);
        }
    }

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
                await Task.Delay(PollEvery, time, cancellationToken);
            }
        }
    }
}
