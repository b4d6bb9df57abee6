using Etdb.Domain.Replication;
using Etdb.Grains.Members;

namespace Etdb.Grains;

/// <summary>The closed words of docs/reference/api.md for the enums of the cluster.</summary>
public static class Words
{
    /// <summary>A replica's state.</summary>
    public static string Of(ReplicaState state) => state switch
    {
        ReplicaState.Assigned => "assigned",
        ReplicaState.Claimed => "claimed",
        ReplicaState.Verified => "verified",
        ReplicaState.Suspect => "suspect",
        ReplicaState.Missing => "missing",
        ReplicaState.Corrupt => "corrupt",
        _ => "unreachable",
    };

    /// <summary>A member's standing.</summary>
    public static string Of(MemberStanding standing) => standing switch
    {
        MemberStanding.Probation => "probation",
        MemberStanding.Active => "active",
        MemberStanding.Draining => "draining",
        _ => "left",
    };
}
