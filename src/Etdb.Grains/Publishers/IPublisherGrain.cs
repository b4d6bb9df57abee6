using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Publishers;

/// <summary>A lab (key: FLO address): its registration, its datasets, and the records of it that are on their way into the ledger.</summary>
[Alias("etdb.IPublisherGrain"), Version(1)]
public interface IPublisherGrain : IGrainWithStringKey
{
    /// <summary>Shows readers the publisher again; for a catalogue that lost it.</summary>
    [Alias("Show")]
    Task Show();

    /// <summary>
    /// Takes over a publication: transactions signed at the lab, in the order they must be broadcast. Durable when it returns; from then on
    /// it is broadcast, watched, and broadcast again after a reorganisation, until it is final. The same record a second time changes nothing; with
    /// further transactions behind the known ones (children that pay for them) it is extended; with <see cref="Publication.Replaces"/> it takes the place of
    /// one that was refused for its fee.
    /// </summary>
    [Alias("Publish")]
    Task<PublishAnswer> Publish(Publication publication);

    /// <summary>How one publication stands; null when it was never taken over.</summary>
    [AlwaysInterleave]
    [Alias("Status")]
    Task<PublicationStatus?> Status(string recordTxid);

    /// <summary>What is known.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<PublisherView> Get();

    /// <summary>What the ledger says of it and its records, a batch at a time. Older or repeated events change nothing.</summary>
    [Alias("ApplyAll")]
    Task ApplyAll(IReadOnlyList<LedgerEvent> changes);

    /// <summary>
    /// Sets the policy of its datasets that have none of their own; null leaves them to the consortium. Durable and in the evidence when it returns; every
    /// dataset hears of it soon after. A number out of range is refused with <see cref="ArgumentException"/>.
    /// </summary>
    [Alias("SetPolicy")]
    Task SetPolicy(ReplicationPolicy? policy, string author, string reason);

    /// <summary>Sets how much of it is taken on; null for no limit. Durable and in the evidence when it returns. A number out of range is refused with <see cref="ArgumentException"/>.</summary>
    [Alias("SetQuota")]
    Task SetQuota(PublisherQuota? quota, string author, string reason);

    /// <summary>Policy, quota and what of it is used.</summary>
    [Alias("Standing")]
    Task<PublisherStanding> Standing();

    /// <summary>Goes on with what is on its way.</summary>
    [Alias("Wake")]
    Task Wake();
}

/// <summary>A signed transaction.</summary>
[GenerateSerializer, Immutable, Alias("etdb.signed-transaction")]
public sealed record SignedTransaction([property: Id(0)] string Txid, [property: Id(1)] string Hex);

/// <summary>Transactions that together publish, edit or deactivate one record.</summary>
/// <param name="RecordTxid">Id of the transaction the record is named by (the first part).</param>
/// <param name="Title">For people.</param>
/// <param name="Transactions">In the order of broadcast; 1..10000, together at most 64 MiB of hex.</param>
/// <param name="Replaces">First transaction of the publication it replaces: the same words at a higher fee, spending the same coin, or one the lab gave up. Null for a new one.</param>
/// <param name="Parts">How many of the transactions, from the first, make the record; the others only pay for these. Null: all.</param>
[GenerateSerializer, Immutable, Alias("etdb.publication")]
public sealed record Publication(
    [property: Id(0)] string RecordTxid,
    [property: Id(1)] string Title,
    [property: Id(2)] IReadOnlyList<SignedTransaction> Transactions,
    [property: Id(3)] string? Replaces = null,
    [property: Id(4)] int? Parts = null);

/// <summary>Whether a publication was taken over.</summary>
public enum PublishAnswer
{
    /// <summary>It is durable and on its way.</summary>
    Accepted = 0,

    /// <summary>It was taken over before.</summary>
    AlreadyKnown = 1,

    /// <summary>Too many are on their way for this publisher.</summary>
    QueueFull = 2,

    /// <summary>It is empty or above a limit.</summary>
    Refused = 3,
}

/// <summary>Where a publication is.</summary>
public enum PublicationPhase
{
    /// <summary>Waiting behind another one, or for its next attempt.</summary>
    Queued = 0,

    /// <summary>Some transactions are accepted, some not yet.</summary>
    Broadcasting = 1,

    /// <summary>All are accepted; the last one waits for confirmations.</summary>
    Confirming = 2,

    /// <summary>Deep enough to stay.</summary>
    Final = 3,

    /// <summary>Refused for good.</summary>
    Failed = 4,

    /// <summary>Another one with a higher fee took its place.</summary>
    Replaced = 5,
}

/// <summary>How a publication stands.</summary>
/// <param name="RecordTxid">Which.</param>
/// <param name="Title">For people.</param>
/// <param name="Phase">Where it is.</param>
/// <param name="Accepted">Transactions accepted so far.</param>
/// <param name="Total">All of them.</param>
/// <param name="Confirmations">Fewest confirmations of any of them; null while unknown.</param>
/// <param name="AcceptedAt">When it was taken over.</param>
/// <param name="Attempts">Failed attempts in a row.</param>
/// <param name="NextAt">When it is looked at next; null when done.</param>
/// <param name="Problem">The node's own words; null when all is well.</param>
/// <param name="NeedsFee">The lab has to pay more: refused for its fee, or no block took it for long.</param>
[GenerateSerializer, Immutable, Alias("etdb.publication-status")]
public sealed record PublicationStatus(
    [property: Id(0)] string RecordTxid,
    [property: Id(1)] string Title,
    [property: Id(2)] PublicationPhase Phase,
    [property: Id(3)] int Accepted,
    [property: Id(4)] int Total,
    [property: Id(5)] int? Confirmations,
    [property: Id(6)] DateTimeOffset AcceptedAt,
    [property: Id(7)] int Attempts,
    [property: Id(8)] DateTimeOffset? NextAt,
    [property: Id(9)] string? Problem,
    [property: Id(10)] bool NeedsFee = false);

/// <summary>What was agreed with a publisher, and what of it is used.</summary>
/// <param name="Policy">Default of its datasets; null for the consortium's.</param>
/// <param name="Quota">Null for no limit.</param>
/// <param name="Datasets">Datasets of it the ledger names.</param>
/// <param name="Bytes">Their sizes as declared.</param>
/// <param name="Beyond">Of them, those the quota does not reach to: no first copies are made of them.</param>
/// <param name="Telling">Its datasets are being told of the latest change.</param>
[GenerateSerializer, Immutable, Alias("etdb.publisher-standing")]
public sealed record PublisherStanding(
    [property: Id(0)] ReplicationPolicy? Policy,
    [property: Id(1)] PublisherQuota? Quota,
    [property: Id(2)] long Datasets,
    [property: Id(3)] long Bytes,
    [property: Id(4)] long Beyond,
    [property: Id(5)] bool Telling);

/// <summary>A publisher, for readers.</summary>
[GenerateSerializer, Immutable, Alias("etdb.publisher-view")]
public sealed record PublisherView(
    [property: Id(0)] string Address,
    [property: Id(1)] string? Alias,
    [property: Id(2)] int Datasets,
    [property: Id(3)] IReadOnlyList<PublicationStatus> Publications);
