namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>What stands in the way of transactions.</summary>
public enum CarrierObstacle
{
    /// <summary>Nothing: all are accepted.</summary>
    None = 0,

    /// <summary>Not now: no answer, a chain of unconfirmed transactions that is too long, a parent that has not arrived.</summary>
    Later = 1,

    /// <summary>The fee is below what is taken now.</summary>
    FeeTooLow = 2,

    /// <summary>A coin is spent by another transaction.</summary>
    CoinSpent = 3,

    /// <summary>Refused for good.</summary>
    Refused = 4,
}

/// <summary>How far transactions have come.</summary>
/// <param name="Accepted">How many are accepted, from the first.</param>
/// <param name="Confirmations">Fewest confirmations of any of them; null unless all are accepted.</param>
/// <param name="Obstacle">What stands in the way of the next one.</param>
/// <param name="Detail">In the node's words.</param>
public sealed record CarrierReport(int Accepted, int? Confirmations, CarrierObstacle Obstacle, string? Detail);

/// <summary>Who broadcasts transactions: the lab's FLO node, or a silo. Everything here may be repeated after a crash or a lost answer without harm.</summary>
public interface IPublicationCarrier
{
    /// <summary>Offers the transactions of the active issue that are not accepted yet, in order, and tells how all of them stand.</summary>
    Task<CarrierReport> CarryAsync(PublicationJournal journal, CancellationToken cancellationToken);

    /// <summary>Confirmations of a transaction: 0 in the mempool, null when it is not known.</summary>
    Task<int?> ConfirmationsAsync(string txid, CancellationToken cancellationToken);
}

/// <summary>The coins a publisher may spend now.</summary>
public interface ICoinSource
{
    /// <summary>Unspent outputs of the key, without those that other publications on their way have already been promised.</summary>
    Task<IReadOnlyList<Wallet.WalletOutput>> ReadAsync(CancellationToken cancellationToken);
}
