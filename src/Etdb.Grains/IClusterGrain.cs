using Etdb.Grains.Repair;

namespace Etdb.Grains;

/// <summary>The cluster as one thing (key <see cref="Key"/>): a silo calls <see cref="Start"/> once it serves.</summary>
[Alias("etdb.IClusterGrain"), Version(1)]
public interface IClusterGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Wakes everything that must not sleep: the ledger of that network, every node, every shard. May be called as often as one likes.</summary>
    [Alias("Start")]
    Task Start(string network);

    /// <summary>Datasets that are not whole, most urgent first, over all shards.</summary>
    [Alias("Open")]
    Task<IReadOnlyList<RepairTicket>> Open(int limit);

    /// <summary>Probes every node now, lists and compares its pins.</summary>
    [Alias("Look")]
    Task Look();
}
