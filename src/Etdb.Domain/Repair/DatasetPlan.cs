using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Repair;

/// <summary>What can be done to a replica.</summary>
public enum ActionKind
{
    /// <summary>Write the assignment, bring all blocks, pin, verify.</summary>
    Assign = 0,

    /// <summary>Bring what is assigned but not there yet, or was unpinned: pin on a node whose index does not list it.</summary>
    Replicate = 1,

    /// <summary>Read and hash blocks.</summary>
    Verify = 2,

    /// <summary>Put good copies of bad blocks in place; the pin stays.</summary>
    Heal = 3,

    /// <summary>Unpin a surplus or misplaced copy; the target stays met by verified independent others.</summary>
    Trim = 4,

    /// <summary>Unpin a copy of a dataset that is no longer wanted and whose grace is over.</summary>
    Retire = 5,

    /// <summary>Strike the row: nothing is there and nothing is wanted there. Touches no node.</summary>
    Forget = 6,
}

/// <summary>Why an action is planned.</summary>
public enum ActionReason
{
    /// <summary>Too few copies count or may soon count.</summary>
    TooFew = 0,

    /// <summary>A first replication.</summary>
    New = 1,

    /// <summary>Listed, never proven.</summary>
    Unproven = 2,

    /// <summary>A check did not finish or contradicted an earlier one.</summary>
    InDoubt = 3,

    /// <summary>The last check is too old or too shallow to count.</summary>
    Stale = 4,

    /// <summary>Blocks are missing or corrupt.</summary>
    Damaged = 5,

    /// <summary>The pin is gone.</summary>
    PinGone = 6,

    /// <summary>Two copies share a failure domain.</summary>
    Clumped = 7,

    /// <summary>The policy does not allow the node.</summary>
    OutOfPlacement = 8,

    /// <summary>The node leaves.</summary>
    Exiting = 9,

    /// <summary>More copies than wanted, for longer than the grace.</summary>
    Surplus = 10,

    /// <summary>The copy was written off and has been replaced.</summary>
    Replaced = 11,

    /// <summary>The dataset is no longer wanted.</summary>
    Retired = 12,

    /// <summary>The last copy is never called bad on suspicion: hash it first.</summary>
    LastHope = 13,

    /// <summary>The check still counts but will soon be too old.</summary>
    Ageing = 14,

    /// <summary>A node on probation is given something to be judged by.</summary>
    Trial = 15,

    /// <summary>Its copy is to move from a full node to an emptier one.</summary>
    Rebalance = 16,

    /// <summary>Nobody doubts it; its turn to be audited has come, or an operator asked.</summary>
    Audit = 17,
}

/// <summary>Something to do now.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">Where.</param>
/// <param name="Reason">Why.</param>
/// <param name="Sources">Nodes to take blocks from, best first; empty where none are needed.</param>
/// <param name="Depth">For <see cref="ActionKind.Verify"/>: how deep; else none.</param>
public sealed record PlannedAction(ActionKind Kind, NodeId Node, ActionReason Reason, IReadOnlyList<NodeId> Sources, VerificationDepth Depth = VerificationDepth.None);

/// <summary>Why something is not done yet.</summary>
public enum NotYetReason
{
    /// <summary>Not enough members, sites, countries or nodes that may keep a copy.</summary>
    WaitingForMembers = 0,

    /// <summary>Members are there but have no room.</summary>
    NoRoom = 1,

    /// <summary>A silent node may come back.</summary>
    MayReturn = 2,

    /// <summary>An announced maintenance window.</summary>
    Maintenance = 3,

    /// <summary>An attempt failed; the next one waits.</summary>
    Backoff = 4,

    /// <summary>A storm brake is on.</summary>
    StormBrake = 5,

    /// <summary>Safe mode after start.</summary>
    SafeMode = 6,

    /// <summary>No readable copy to take from.</summary>
    NoSource = 7,

    /// <summary>Work on it runs.</summary>
    Running = 8,

    /// <summary>A surplus copy is kept for a while.</summary>
    SurplusGrace = 9,

    /// <summary>One unpin a dataset a day.</summary>
    OneTrimADay = 10,

    /// <summary>A copy stays until the target is met by verified others.</summary>
    TargetNotVerified = 11,

    /// <summary>Copies of a dataset no longer wanted are kept for a while.</summary>
    RetireGrace = 12,

    /// <summary>Another dataset still refers to its blocks.</summary>
    StillReferenced = 13,

    /// <summary>Operators paused it.</summary>
    Paused = 14,

    /// <summary>The record names no content that can be kept.</summary>
    NoContent = 15,

    /// <summary>Given up for now: nobody provides the content.</summary>
    Unobtainable = 16,

    /// <summary>Its publisher's quota does not reach to it.</summary>
    OverQuota = 17,
}

/// <summary>Something that is not done now, and until when.</summary>
/// <param name="Reason">Why not.</param>
/// <param name="Node">About which node; null when about the dataset.</param>
/// <param name="Until">When it is looked at again at the latest; null when an event is awaited.</param>
/// <param name="Text">For people.</param>
public sealed record NotYet(NotYetReason Reason, NodeId? Node, DateTimeOffset? Until, string Text);

/// <summary>The decision for one dataset at one moment.</summary>
public sealed record DatasetPlan
{
    /// <summary>Which dataset.</summary>
    public required DatasetId Dataset { get; init; }

    /// <summary>How it is kept.</summary>
    public required DatasetHealth Health { get; init; }

    /// <summary>Its place in the queue of repair.</summary>
    public required PriorityKey Priority { get; init; }

    /// <summary>What to do now, most urgent first.</summary>
    public IReadOnlyList<PlannedAction> Actions { get; init; } = [];

    /// <summary>What is not done yet and why.</summary>
    public IReadOnlyList<NotYet> NotYet { get; init; } = [];

    /// <summary>When to plan again at the latest if nothing happens; null when only an event can change the plan.</summary>
    public DateTimeOffset? NextAt { get; init; }
}
