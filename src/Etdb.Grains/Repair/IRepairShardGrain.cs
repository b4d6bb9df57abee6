using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Grains.State;

namespace Etdb.Grains.Repair;

/// <summary>
/// Looks after a part of the datasets (key: 0..S-1): asks the most endangered first to go on, and every one of them again when it is due.
/// It remembers which datasets are its own and which are not whole; all else is found again by asking.
/// </summary>
[Alias("etdb.IRepairShardGrain"), Version(1)]
public interface IRepairShardGrain : IGrainWithStringKey
{
    /// <summary>Puts a dataset on the list (durable when it returns the first time) and sets when it is asked.</summary>
    [Alias("File")]
    Task File(RepairTicket ticket);

    /// <summary>Makes sure the shard is awake.</summary>
    [Alias("Wake")]
    Task Wake();

    /// <summary>Datasets that are not whole, most urgent first.</summary>
    [AlwaysInterleave]
    [Alias("Open")]
    Task<IReadOnlyList<RepairTicket>> Open(int limit);

    /// <summary>How many it looks after and how many are not whole.</summary>
    [AlwaysInterleave]
    [Alias("Count")]
    Task<ShardCount> Count();
}

/// <summary>A dataset on the list of its shard.</summary>
/// <param name="Dataset">Which.</param>
/// <param name="Key">Its place in the queue; null when it was not planned yet: it goes first.</param>
/// <param name="DueAt">When it is asked.</param>
/// <param name="Version">Version of the dataset that says so; older ones are ignored.</param>
[GenerateSerializer, Immutable, Alias("etdb.repair-ticket")]
public sealed record RepairTicket(
    [property: Id(0)] DatasetId Dataset,
    [property: Id(1)] PriorityKey? Key,
    [property: Id(2)] DateTimeOffset DueAt,
    [property: Id(3)] long Version);

/// <summary>How many datasets a shard has.</summary>
[GenerateSerializer, Immutable, Alias("etdb.shard-count")]
public sealed record ShardCount([property: Id(0)] int Datasets, [property: Id(1)] int Open, [property: Id(2)] int Busy);

/// <summary>Names of shards.</summary>
public static class RepairShards
{
    /// <summary>The shard that looks after a dataset.</summary>
    public static string KeyFor(DatasetId dataset, int shards) => Key(Spread.Bucket(dataset.Value, shards));

    /// <summary>A shard by number.</summary>
    public static string Key(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
