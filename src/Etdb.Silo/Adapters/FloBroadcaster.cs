using Etdb.Grains.Ports;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Silo.Adapters;

/// <summary>Puts transactions into the ledger through a FLO node's JSON-RPC.</summary>
public sealed class FloBroadcaster(FloRpcClient node) : ILedgerBroadcaster
{
    /// <inheritdoc/>
    public async Task<BroadcastResult> BroadcastAsync(string transactionHex, CancellationToken cancellationToken)
    {
        FloTransaction transaction;
        try
        {
            transaction = FloTransaction.Parse(Convert.FromHexString(transactionHex));
        }
        catch (FormatException e)
        {
            return new BroadcastResult(BroadcastOutcome.Rejected, $"Not a FLO transaction: {e.Message}");
        }

        try
        {
            var result = await node.SendTransactionAsync(transaction, cancellationToken);
            return new BroadcastResult(
                result.Outcome switch
                {
                    SendOutcome.Accepted or SendOutcome.AlreadyMined => BroadcastOutcome.Accepted,
                    SendOutcome.MissingInputs or SendOutcome.ChainTooLong or SendOutcome.Later => BroadcastOutcome.Later,
                    SendOutcome.FeeTooLow => BroadcastOutcome.FeeTooLow,
                    _ => BroadcastOutcome.Rejected,
                },
                result.Detail);
        }
        catch (FloNodeException e)
        {
            return new BroadcastResult(BroadcastOutcome.Unreachable, e.Message);
        }
    }

    /// <inheritdoc/>
    public async Task<int?> ConfirmationsAsync(string txid, CancellationToken cancellationToken)
        => (await node.GetTransactionAsync(Hash256.Parse(txid), cancellationToken))?.Confirmations;
}
