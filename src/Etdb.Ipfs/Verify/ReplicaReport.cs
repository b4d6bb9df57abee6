using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Verify;

/// <summary>What a check concludes.</summary>
public enum ReplicaFinding
{
    /// <summary>Every block that was asked for was there and matched its hash.</summary>
    Complete = 0,

    /// <summary>The node said of at least one block that it has not got it; none was corrupt.</summary>
    Missing = 1,

    /// <summary>At least one block did not match its hash.</summary>
    Corrupt = 2,

    /// <summary>The check did not come to its end and found nothing bad until then: nothing is concluded.</summary>
    Unknown = 3,
}

/// <summary>How to check a replica.</summary>
public sealed record ReplicaCheckOptions
{
    /// <summary>0 checks every block; else this many leaves are drawn, and every inner block on their paths is checked with them.</summary>
    public int SampleLeaves { get; init; }

    /// <summary>Seed of the draw: the same seed on the same DAG draws the same leaves.</summary>
    public ulong Seed { get; init; }

    /// <summary>Blocks that are asked for at the same time. <value>Default: 8.</value></summary>
    public int Parallel { get; init; } = 8;

    /// <summary>Blocks nothing could be learned of after which the check is given up. <value>Default: 8.</value></summary>
    public int MaxUnknown { get; init; } = 8;

    /// <summary>Limits of the DAG. <value>Default: those of the library.</value></summary>
    public DagLimits Limits { get; init; } = new();

    /// <summary>Clock. <value>Default: the system's.</value></summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What a check found.</summary>
/// <param name="Finding">The conclusion.</param>
/// <param name="Root">What was checked.</param>
/// <param name="BlocksChecked">Blocks read from the node and hashed here, all good.</param>
/// <param name="BytesChecked">Their bytes.</param>
/// <param name="LeavesChecked">Those of them that have no links.</param>
/// <param name="Missing">Blocks the node says it has not (at most <see cref="NamedLimit"/> named). What lies below a missing inner block is not known.</param>
/// <param name="Corrupt">Blocks whose bytes do not match (at most <see cref="NamedLimit"/> named).</param>
/// <param name="Unknown">How many blocks nothing could be learned of.</param>
/// <param name="Depth">Deepest level that was read; the root is 0.</param>
/// <param name="Full">True when the whole DAG was walked; false for a sample or a check that was given up.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Detail">The first reason for anything that is not good, for people.</param>
public sealed record ReplicaReport(
    ReplicaFinding Finding,
    Cid Root,
    long BlocksChecked,
    long BytesChecked,
    long LeavesChecked,
    IReadOnlyList<Cid> Missing,
    IReadOnlyList<Cid> Corrupt,
    int Unknown,
    int Depth,
    bool Full,
    TimeSpan Elapsed,
    string? Detail)
{
    /// <summary>Most blocks that are named in each list.</summary>
    public const int NamedLimit = 1000;
}
