using Etdb.Domain.Replication;
using Etdb.Grains.Members;

namespace Etdb.Grains.Nodes;

/// <summary>
/// One node of a member (key: node id). Probes it, lists its pins in bulk, owns its slots, runs work on it and keeps its incidents.
/// Every call may be repeated; what was acknowledged survives a crash.
/// </summary>
[Alias("etdb.INodeGrain"), Version(1)]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Enters the node or changes what is registered of it, and starts looking after it.</summary>
    [Alias("Register")]
    Task Register(NodeRegistration registration);

    /// <summary>Makes sure the grain is awake and looking after its node.</summary>
    [Alias("Wake")]
    Task Wake();

    /// <summary>What is known; null when nobody registered this id.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<NodeDetail?> Get();

    /// <summary>Takes a slot for the work named in it, or says why not. Asking again for the same work renews it.</summary>
    [Alias("Reserve")]
    Task<ReserveAnswer> Reserve(SlotRequest request);

    /// <summary>Gives the slot of that work back; unknown work is ignored.</summary>
    [Alias("Release")]
    Task Release(string op);

    /// <summary>Takes one of the samples that may be asked of the node today; false when they are used up.</summary>
    [Alias("TakeChallenge")]
    Task<bool> TakeChallenge();

    /// <summary>Starts work, outside the turn. Already running work is not started twice.</summary>
    [Alias("Start")]
    Task<StartAnswer> Start(NodeJob job);

    /// <summary>How that work stands.</summary>
    [Alias("Status")]
    Task<JobStatus> Status(string op);

    /// <summary>Stops that work if it runs; blocks already moved stay.</summary>
    [Alias("Cancel")]
    Task Cancel(string op);

    /// <summary>A dataset touched by an incident is whole again (or gone for good); <paramref name="bytes"/> were moved for it.</summary>
    [Alias("Settle")]
    Task Settle(string incident, DatasetRef dataset, long bytes);

    /// <summary>The standing of its member changed.</summary>
    [Alias("MemberChanged")]
    Task MemberChanged(MemberStanding standing);

    /// <summary>An operator empties the node (or takes that back).</summary>
    [Alias("Drain")]
    Task Drain(bool on, string author, string reason);

    /// <summary>A maintenance window; null <paramref name="until"/> ends it now.</summary>
    [Alias("Maintain")]
    Task Maintain(DateTimeOffset? until, string author, string reason);

    /// <summary>Takes the node out of the cluster for good: it is no longer looked after, and its credential is forgotten. Registering it brings it back.</summary>
    [Alias("Retire")]
    Task Retire(string author, string reason);

    /// <summary>Puts another (sealed) credential in the place of the node's; false when the node is not registered.</summary>
    [Alias("SetCredential")]
    Task<bool> SetCredential(string? authorization, string author);

    /// <summary>Looks now: probe, then list and compare. Returns when both were begun.</summary>
    [Alias("Look")]
    Task Look();
}
