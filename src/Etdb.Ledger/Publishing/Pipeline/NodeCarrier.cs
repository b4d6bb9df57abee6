using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Records;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>Carries transactions through a FLO node's JSON-RPC. The node needs its transaction index (<c>txindex=1</c>) to tell of mined ones.</summary>
public sealed class NodeCarrier(FloRpcClient node) : IPublicationCarrier
{
    /// <inheritdoc/>
    public async Task<CarrierReport> CarryAsync(PublicationJournal journal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var (transactions, parts) = (journal.Current!.Transactions, journal.Current.Parts);
        var fewest = int.MaxValue;
        for (var i = 0; i < transactions.Count; i++)
        {
            // When all parts are in blocks, their children have nothing to pay for any more.
            if (i >= parts && fewest > 0)
            {
                break;
            }

            try
            {
                var (confirmations, obstacle, detail) = await CarryAsync(transactions[i], cancellationToken).ConfigureAwait(false);
                if (obstacle != CarrierObstacle.None)
                {
                    return new CarrierReport(i, null, obstacle, detail);
                }

                fewest = Math.Min(fewest, confirmations);
            }
            catch (FloNodeException e)
            {
                return new CarrierReport(i, null, CarrierObstacle.Later, e.Message);
            }
        }

        return new CarrierReport(transactions.Count, fewest, CarrierObstacle.None, null);
    }

    /// <inheritdoc/>
    public async Task<int?> ConfirmationsAsync(string txid, CancellationToken cancellationToken) =>
        (await node.GetTransactionAsync(Hash256.Parse(txid), cancellationToken).ConfigureAwait(false))?.Confirmations;

    private async Task<(int Confirmations, CarrierObstacle Obstacle, string? Detail)> CarryAsync(PlannedTransaction transaction, CancellationToken cancellationToken)
    {
        if (await ConfirmationsAsync(transaction.Txid, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return (known, CarrierObstacle.None, null);
        }

        var result = await node.SendTransactionAsync(FloTransaction.ParseHex(transaction.Hex), cancellationToken).ConfigureAwait(false);
        return result.Outcome switch
        {
            SendOutcome.Accepted => (0, CarrierObstacle.None, null),
            SendOutcome.AlreadyMined => await ConfirmationsAsync(transaction.Txid, cancellationToken).ConfigureAwait(false) is { } mined
                ? (mined, CarrierObstacle.None, null)
                : (0, CarrierObstacle.Later, "the node has it in a block and cannot tell which; start it with txindex=1."),
            SendOutcome.FeeTooLow => (0, CarrierObstacle.FeeTooLow, result.Detail),
            SendOutcome.MissingInputs or SendOutcome.Conflict => (0, CarrierObstacle.CoinSpent, result.Detail),
            SendOutcome.ChainTooLong or SendOutcome.Later => (0, CarrierObstacle.Later, result.Detail),
            _ => (0, CarrierObstacle.Refused, result.Detail),
        };
    }
}

/// <summary>The coins of an address as a FLO node knows them, without those other publications have been promised.</summary>
/// <param name="node">The node.</param>
/// <param name="address">Whose coins.</param>
/// <param name="promised">Coins that are not to be touched, asked for at each reading.</param>
public sealed class NodeCoins(FloRpcClient node, FloAddress address, Func<IReadOnlySet<OutPoint>> promised) : ICoinSource
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<WalletOutput>> ReadAsync(CancellationToken cancellationToken)
    {
        var all = await WalletReader.ReadAsync(node, address, cancellationToken).ConfigureAwait(false);
        var taken = promised();
        return [.. all.Where(o => !taken.Contains(o.OutPoint))];
    }
}
