namespace Etdb.Grains.Ledger;

/// <summary>Follows one ledger (key: network) and tells datasets and publishers what it says. At least once, in order for each of them.</summary>
[Alias("etdb.ILedgerGrain"), Version(1)]
public interface ILedgerGrain : IGrainWithStringKey
{
    /// <summary>Starts following, and goes on after every restart. Answers also while it follows: taking in a whole ledger may take an hour, and whoever starts the cluster asks.</summary>
    [AlwaysInterleave]
    [Alias("Start")]
    Task Start();

    /// <summary>Reads now what is new.</summary>
    [Alias("Poll")]
    Task Poll();

    /// <summary>Where it stands.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<LedgerStatus> Get();
}

/// <summary>Where following stands.</summary>
/// <param name="Network">Which ledger.</param>
/// <param name="Sequence">Last event applied.</param>
/// <param name="Height">Height of the index' tip.</param>
/// <param name="TipHash">Its block id; null before the first answer.</param>
/// <param name="TipTime">Its header time; null before the first answer.</param>
/// <param name="LagBlocks">Blocks the FLO node is ahead; null when it did not answer.</param>
/// <param name="Transactions">Transactions indexed.</param>
/// <param name="Records">Records live.</param>
/// <param name="Problem">What is wrong, for people; null when all is well.</param>
[GenerateSerializer, Immutable, Alias("etdb.ledger-status")]
public sealed record LedgerStatus(
    [property: Id(0)] string Network,
    [property: Id(1)] long Sequence,
    [property: Id(2)] long Height,
    [property: Id(3)] string? TipHash,
    [property: Id(4)] DateTimeOffset? TipTime,
    [property: Id(5)] long? LagBlocks,
    [property: Id(6)] long Transactions,
    [property: Id(7)] long Records,
    [property: Id(8)] string? Problem);
