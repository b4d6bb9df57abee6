using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>Carries transactions through a FLO node's JSON-RPC. The node needs its transaction index (<c>txindex=1</c>) to tell of mined ones.</summary>
public sealed class NodeCarrier(FloRpcClient node) : IPublicationCarrier
{
    /// <inheritdoc/>
    public async Task<CarrierReport> CarryAsync(PublicationJournal journal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var transactions = journal.Current!.Transactions;
        int? fewest = null;
        for (var i = 0; i < transactions.Count; i++)
        {
            try
            {
                var confirmations = await ConfirmationsAsync(transactions[i].Txid, cancellationToken).ConfigureAwait(false);
                if (confirmations is null && await OfferAsync(transactions[i].Hex, cancellationToken).ConfigureAwait(false) is var (obstacle, detail))
                {
                    return new CarrierReport(i, null, obstacle, detail);
                }

                fewest = Math.Min(fewest ?? int.MaxValue, confirmations ?? 0);
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

    /// <summary>Null when it was taken.</summary>
    private async Task<(CarrierObstacle Obstacle, string? Detail)?> OfferAsync(string hex, CancellationToken cancellationToken)
    {
        var result = await node.SendTransactionAsync(FloTransaction.ParseHex(hex), cancellationToken).ConfigureAwait(false);
        return result.Outcome switch
        {
            SendOutcome.Accepted or SendOutcome.AlreadyMined => null,
            SendOutcome.FeeTooLow => (CarrierObstacle.FeeTooLow, result.Detail),
            SendOutcome.MissingInputs or SendOutcome.Conflict => (CarrierObstacle.CoinSpent, result.Detail),
            SendOutcome.ChainTooLong => (CarrierObstacle.Later, result.Detail),
            _ => (CarrierObstacle.Refused, result.Detail),
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
