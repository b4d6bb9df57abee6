using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Datasets;

/// <summary>
/// One dataset (key: record txid): its record, policy and replica table. Everything that could change what must be done is told to it;
/// <see cref="Advance"/> is the one place where it decides and acts.
/// </summary>
[Alias("etdb.IDatasetGrain"), Version(1)]
public interface IDatasetGrain : IGrainWithStringKey
{
    /// <summary>What the ledger says. Older or repeated events change nothing. Durable, and on its way to be worked on, when it returns.</summary>
    [Alias("Apply")]
    Task Apply(LedgerEvent change);

    /// <summary>What was seen of that content on a node. Order and repetition do not matter.</summary>
    [Alias("Observe")]
    Task Observe(ContentId root, Observation observation, string? incident);

    /// <summary>An incident of a node waits for this dataset: it hears when the dataset is whole, at once when it is or is nothing that could be.</summary>
    [Alias("Await")]
    Task Await(string incident, NodeId node);

    /// <summary>
    /// A node lists content whose row here was struck, as one that was long silent does. The copy becomes a row again, claimed until it is checked; false when the
    /// dataset does not keep that content any more.
    /// </summary>
    [Alias("TakeBack")]
    Task<bool> TakeBack(ContentId root, NodeId node, DateTimeOffset listedAt);

    /// <summary>How work on a node ended.</summary>
    [Alias("JobDone")]
    Task JobDone(JobReport report);

    /// <summary>Decides what is to be done now and begins it; says when to ask again.</summary>
    [Alias("Advance")]
    Task<AdvanceResult> Advance();

    /// <summary>An operator's act.</summary>
    [Alias("Operate")]
    Task Operate(DatasetAct act);

    /// <summary>
    /// Sets the policy of this dataset, or with null leaves it to its publisher and the consortium again. Wishes nobody can fulfil are taken; a number out
    /// of range is refused with <see cref="ArgumentException"/>. Durable, in the evidence, and on its way to be worked on, when it returns.
    /// </summary>
    [Alias("SetPolicy")]
    Task SetPolicy(ReplicationPolicy? policy, string author, string reason);

    /// <summary>What its publisher's default and quota mean for it. Older terms change nothing.</summary>
    [Alias("Agree")]
    Task Agree(PublisherTerms terms);

    /// <summary>A node fuller than others asks to keep one dataset less. The bytes that will move when this one is whole, has nothing else to do, and an emptier node may keep it; else 0.</summary>
    [Alias("Spread")]
    Task<long> Spread(NodeId from);

    /// <summary>Whether the node is rid of its copy, or nothing is wished any more.</summary>
    [AlwaysInterleave]
    [Alias("HasSpread")]
    Task<bool> HasSpread(NodeId from);

    /// <summary>The policy that holds, and where it comes from.</summary>
    [AlwaysInterleave]
    [Alias("Policy")]
    Task<DatasetPolicy> Policy();

    /// <summary>All that is known, for readers; null when the ledger never named it.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<DatasetDetail?> Get();

    /// <summary>Shows readers the dataset and its kept story again, as it is now; for a catalogue that lost them.</summary>
    [Alias("Show")]
    Task Show();

    /// <summary>Why it stands as it does, line by line.</summary>
    [AlwaysInterleave]
    [Alias("Why")]
    Task<DatasetWhy?> Why();

    /// <summary>The latest lines of its story, newest first. The whole story is in the catalogue.</summary>
    [AlwaysInterleave]
    [Alias("Story")]
    Task<IReadOnlyList<StoryLine>> Story();
}
