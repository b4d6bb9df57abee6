using System.Collections.Frozen;

namespace Etdb.Ledger.Indexing.Following;

/// <summary>How the follower reads a chain.</summary>
public sealed record FollowerOptions
{
    /// <summary>Blocks of one commit. 1000: what a commit costs is lost among them, and a step stays at about a second.</summary>
    public int BatchBlocks { get; init; } = 1000;

    /// <summary>Longest time one call of <see cref="LedgerFollower.CatchUpAsync"/> works before it returns. 10 s, well below a grain call's limit.</summary>
    public TimeSpan StepBudget { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait between polls at the tip. 5 s: an eighth of FLO's block interval.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait after a failure; waits double up to it.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Known blocks beyond those of the network, for example to skip the work of a history known to be right.</summary>
    public FrozenDictionary<int, Hash256> FurtherCheckpoints { get; init; } = FrozenDictionary<int, Hash256>.Empty;

    /// <summary>Longest branch that is weighed against the indexed one. 50,000 blocks are three weeks.</summary>
    public int LongestBranch { get; init; } = 50_000;

    /// <summary>Reorganisations tolerated within <see cref="ReorganisationWindow"/>. A mainnet with 40 s blocks has a few one-block ones an hour.</summary>
    public int MostReorganisations { get; init; } = 30;

    /// <summary>Window of <see cref="MostReorganisations"/>.</summary>
    public TimeSpan ReorganisationWindow { get; init; } = TimeSpan.FromMinutes(10);
}
