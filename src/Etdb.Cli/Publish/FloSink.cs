using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Cli.Publish;

/// <summary>Broadcasts a plan through the lab's own FLO node, without a cluster. Run again after a failure it offers the same transactions.</summary>
internal sealed class FloSink(FloRpcClient flo, TimeProvider time) : IPublicationSink
{
    private const int MostAttempts = 20;
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(3);

    public async Task SendAsync(string address, string title, PublicationPlan plan, CancellationToken cancellationToken)
    {
        foreach (var transaction in plan.Transactions)
        {
            await SendAsync(FloTransaction.Parse(Convert.FromHexString(transaction.Hex)), cancellationToken);
        }
    }

    private async Task SendAsync(FloTransaction transaction, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await flo.SendTransactionAsync(transaction, cancellationToken);
            if (result.Outcome is SendOutcome.Accepted or SendOutcome.AlreadyMined)
            {
                return;
            }

            var later = result.Outcome is SendOutcome.ChainTooLong or SendOutcome.MissingInputs or SendOutcome.FeeTooLow;
            if (!later || attempt == MostAttempts)
            {
                throw new CliException(
                    $"the FLO node did not take transaction {transaction.Txid}: {result.Outcome} {result.Detail} The plan is kept; run the same command again to go on with it.") { ExitCode = CliExit.No };
            }

            await Task.Delay(RetryEvery, time, cancellationToken);
        }
    }
}
