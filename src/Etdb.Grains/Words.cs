using Etdb.Domain.Membership;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;

namespace Etdb.Grains;

/// <summary>The closed words of docs/reference/api.md for the enums of the cluster.</summary>
public static class Words
{
    /// <summary>A replica's state.</summary>
    public static string Of(ReplicaState state) => Kebab(state.ToString());

    /// <summary>A member's standing.</summary>
    public static string Of(MemberStanding standing) => Kebab(standing.ToString());

    /// <summary>How a check of a node that joins ended.</summary>
    public static string Of(CheckResult result) => Kebab(result.ToString());

    /// <summary>How asking to join ended.</summary>
    public static string Of(JoinOutcome outcome) => Kebab(outcome.ToString());

    /// <summary>Where an invitation stands.</summary>
    public static string Of(InvitePhase phase) => Kebab(phase.ToString());

    /// <summary>A dataset's health.</summary>
    public static string Of(HealthLevel level) => Kebab(level.ToString());

    /// <summary>A cause.</summary>
    public static string Of(ReplicaCause cause) => Kebab(cause.ToString());

    /// <summary>A reason for an action.</summary>
    public static string Of(ActionReason reason) => Kebab(reason.ToString());

    /// <summary>A reason for none.</summary>
    public static string Of(NotYetReason reason) => Kebab(reason.ToString());

    /// <summary>A failure domain.</summary>
    public static string Of(DistinctBy by) => Kebab(by.ToString());

    /// <summary>How deep a check went.</summary>
    public static string Of(VerificationDepth depth) => Kebab(depth.ToString());

    /// <summary>What was seen.</summary>
    public static string Of(ObservationKind kind) => Kebab(kind.ToString());

    /// <summary>An operator's act.</summary>
    public static string Of(DatasetActKind kind) => Kebab(kind.ToString());

    /// <summary>What the ledger said.</summary>
    public static string Of(LedgerEventKind kind) => Kebab(kind.ToString());

    /// <summary>What audits say of a node.</summary>
    public static string Of(Etdb.Domain.Audit.ReputationStanding standing) => Kebab(standing.ToString());

    /// <summary>How an offer ended.</summary>
    public static string Of(BroadcastOutcome outcome) => Kebab(outcome.ToString());

    /// <summary>Work, as readers know it: replicate, heal, verify, trim.</summary>
    public static string Of(ActionKind kind) => kind switch
    {
        ActionKind.Assign or ActionKind.Replicate => "replicate",
        ActionKind.Heal => "heal",
        ActionKind.Verify => "verify",
        _ => "trim",
    };

    /// <summary>Work on a node, as readers know it.</summary>
    public static string Of(JobKind kind) => kind switch
    {
        JobKind.Replicate => "replicate",
        JobKind.Heal => "heal",
        JobKind.Verify => "verify",
        _ => "trim",
    };

    /// <summary>A policy in one line, for stories and the evidence.</summary>
    public static string Of(ReplicationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var text = new System.Text.StringBuilder();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{policy.Target} copies (at least {policy.Floor}, at most {policy.Most}), distinct by {Of(policy.DistinctBy)}");
        if (policy.IncludeTags.Count > 0)
        {
            text.Append(", only on nodes tagged ").AppendJoin(" and ", policy.IncludeTags);
        }

        if (policy.ExcludeTags.Count > 0)
        {
            text.Append(", not on nodes tagged ").AppendJoin(" or ", policy.ExcludeTags);
        }

        text.Append(
            System.Globalization.CultureInfo.InvariantCulture,
            $", checked by {Of(policy.MinimumDepth)} within {policy.MaximumVerificationAge.TotalDays:0.##} d, kept {policy.RetireGrace.TotalDays:0.##} d after retirement");
        return text.ToString();
    }

    /// <summary>Whose wish a policy is.</summary>
    public static string Of(PolicySource source) => Kebab(source.ToString());

    /// <summary>A node's state: what keeps it from being fully used comes before what it is.</summary>
    public static string Of(NodeView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Status switch
        {
            NodeStatus.Up when view.IsExiting => "draining",
            NodeStatus.Up => "up",
            NodeStatus.Suspect => "suspect",
            NodeStatus.Unreachable => "unreachable",
            NodeStatus.PresumedLost => "presumed-lost",
            NodeStatus.Maintenance => "maintenance",
            NodeStatus.Draining => "draining",
            _ => "up",
        };
    }

    /// <summary>Why a replica counts or not, for a librarian.</summary>
    public static string Why(ReplicaStanding standing, ReplicaRecord row)
    {
        ArgumentNullException.ThrowIfNull(standing);
        ArgumentNullException.ThrowIfNull(row);
        return standing.Class switch
        {
            ReplicaClass.Healthy => "Its blocks were read and matched; it counts.",
            ReplicaClass.UnknownNode => "Its node is not registered any more.",
            ReplicaClass.PresumedLost => "Its node has been silent for so long that the copy is written off.",
            ReplicaClass.Maintenance => "Its node is in announced maintenance.",
            ReplicaClass.Away => "Its node does not answer; it may come back.",
            ReplicaClass.Corrupt => "Blocks do not match their hashes; they are replaced.",
            ReplicaClass.Missing => $"It is gone ({Of(row.Cause)}).",
            ReplicaClass.Awaited => row.AttemptCause == ReplicaCause.None ? "It is on its way." : $"It could not be brought yet ({Of(row.AttemptCause)}).",
            ReplicaClass.Claimed => "The node lists it, but nobody has read it yet.",
            ReplicaClass.Suspect => "A check did not finish; it is checked again.",
            ReplicaClass.Exiting => "Its node is leaving: it is a source, but does not count.",
            ReplicaClass.Probation => "Its node is on trial: it does not count yet.",
            ReplicaClass.OutOfPlacement => "The policy does not allow its node.",
            ReplicaClass.Stale => "It was checked too long ago to count.",
            ReplicaClass.Clumped => "Another copy in the same place counts already.",
            _ => "",
        };
    }

    private static string Kebab(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
