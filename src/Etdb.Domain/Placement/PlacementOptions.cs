using Etdb.Domain.Replication;

namespace Etdb.Domain.Placement;

/// <summary>How full nodes may be made and how placement weighs them.</summary>
public sealed record PlacementOptions
{
    /// <summary>The consortium's figures.</summary>
    public static PlacementOptions Default { get; } = new();

    /// <summary>New replicas may fill a node up to this part of its capacity, 0..1: the rest is for growth and repair in place.</summary>
    public double NearFull { get; init; } = 0.85;

    /// <summary>Last copies may fill it up to this part, 0..1.</summary>
    public double Full { get; init; } = 0.95;

    /// <summary>Weight in bytes of a node that does not tell its capacity; such nodes are used, rarely, and say disk-full when they must. 0 leaves them out.</summary>
    public long UnknownCapacityWeight { get; init; } = 1L << 30;

    /// <summary>Weight of a node is divided by 1 + this for each copy already in its country, by the same for each at its site.</summary>
    public double SameCountryPenalty { get; init; } = 3;

    /// <summary>Bytes that may still be placed on a node under <paramref name="ratio"/>; 0 when full.</summary>
    public long Room(NodeView node, double ratio)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.CapacityBytes <= 0
            ? UnknownCapacityWeight
            : Math.Max(0, (long)(node.CapacityBytes * ratio) - node.UsedBytes - node.ReservedBytes);
    }
}
