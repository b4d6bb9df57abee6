namespace Etdb.Storage.Catalogue;

/// <summary>A dataset for lists, search and facets. States as in docs/reference/api.md.</summary>
/// <param name="Id">Transaction id of the first publication.</param>
/// <param name="Version">Version of the grain state shown; grows with every change.</param>
/// <param name="Title">As published, trimmed.</param>
/// <param name="Publisher">FLO address.</param>
/// <param name="Root">Root CID; null when the record names none.</param>
/// <param name="State"><c>healthy|degraded|endangered|lost|pending|deactivated</c>.</param>
/// <param name="Target">Replicas wanted.</param>
/// <param name="Floor">Replicas below which it is endangered.</param>
/// <param name="Most">Replicas above which surplus is trimmed.</param>
/// <param name="DistinctBy"><c>member|site|country</c>.</param>
/// <param name="HealthyReplicas">Verified and independent.</param>
/// <param name="RetrievableReplicas">Copies that can serve as a source.</param>
/// <param name="Bytes">Size on a node, measured when verified, else declared; 0 when unknown.</param>
/// <param name="Risk">Probability of losing it before its repair is through.</param>
/// <param name="RecordVersion">1 for the first publication, +1 an edit.</param>
/// <param name="LatestTxid">Transaction of the current version.</param>
/// <param name="Height">Block height of the current version.</param>
/// <param name="RecordTime">Record time, Unix seconds.</param>
/// <param name="ContentProven">Signature covers all metadata.</param>
/// <param name="ArtifactJson">The whole artifact as JSON text.</param>
/// <param name="UpdatedAt">When this row's state was made.</param>
public sealed record DatasetRow(
    string Id,
    long Version,
    string Title,
    string Publisher,
    string? Root,
    string State,
    int Target,
    int Floor,
    int Most,
    string DistinctBy,
    int HealthyReplicas,
    int RetrievableReplicas,
    long Bytes,
    double Risk,
    int RecordVersion,
    string LatestTxid,
    long Height,
    long RecordTime,
    bool ContentProven,
    string ArtifactJson,
    DateTimeOffset UpdatedAt);

/// <summary>One dataset on one node.</summary>
public sealed record ReplicaRow(
    string Node,
    string Member,
    string State,
    bool Counts,
    DateTimeOffset Since,
    DateTimeOffset? VerifiedAt,
    long VerifiedBlocks,
    bool VerifiedFull,
    string? Why);

/// <summary>A node. Counters are replicas by state, in the order of <c>ReplicaState</c>.</summary>
public sealed record NodeRow(
    string Id,
    long Version,
    string Member,
    string Site,
    string Country,
    string State,
    DateTimeOffset Since,
    string? Agent,
    long? CapacityBytes,
    long? UsedBytes,
    DateTimeOffset? LastProbeAt,
    int QueuedPins,
    int QueuedAudits,
    string? Problem,
    string Rpc,
    string? Gateway);

/// <summary>A member. State is <c>probation|active|draining|left</c>.</summary>
public sealed record MemberRow(string Id, long Version, string Name, string Country, string State, long? PledgeBytes, string? Contact);

/// <summary>A publisher.</summary>
public sealed record PublisherRow(string Address, long Version, string? Alias, int Pending, DateTimeOffset UpdatedAt);

/// <summary>Work on one replica. (dataset, node, kind) is unique while it lives.</summary>
/// <param name="Dataset">Which dataset.</param>
/// <param name="Node">Where.</param>
/// <param name="Kind"><c>replicate|heal|trim</c>.</param>
/// <param name="Version">Grows with every change of this work.</param>
/// <param name="Phase"><c>queued|moving|verifying|waiting|done|failed</c>.</param>
/// <param name="Sources">Node ids bytes come from.</param>
/// <param name="Level">Urgency, 0 most urgent.</param>
/// <param name="Risk">Risk of the dataset when it was queued.</param>
/// <param name="Blocks">Blocks moved.</param>
/// <param name="Bytes">Bytes moved.</param>
/// <param name="TotalBytes">Bytes to move; 0 when unknown.</param>
/// <param name="Since">When it was queued.</param>
/// <param name="Attempts">Attempts begun.</param>
/// <param name="Cause">Why the last attempt failed or why it waits; null otherwise.</param>
/// <param name="NextAt">When it is tried next; null while running.</param>
public sealed record RepairRow(
    string Dataset,
    string Node,
    string Kind,
    long Version,
    string Phase,
    IReadOnlyList<string> Sources,
    int Level,
    double Risk,
    long Blocks,
    long Bytes,
    long TotalBytes,
    DateTimeOffset Since,
    int Attempts,
    string? Cause,
    DateTimeOffset? NextAt);

/// <summary>Something happened to a node that touched many replicas. Kind is <c>disk-loss|corruption|outage|pins-removed</c>.</summary>
/// <param name="Id">Stable id.</param>
/// <param name="Version">Grows with every change.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Node">Where.</param>
/// <param name="Member">Whose node.</param>
/// <param name="OpenedAt">When it was noticed.</param>
/// <param name="LastGoodAt">Last proof that all was well before it; detection took at most the time between. Null when unknown.</param>
/// <param name="HealedAt">When every touched dataset was healthy again; null while open.</param>
/// <param name="Datasets">Datasets touched.</param>
/// <param name="BytesReseeded">Bytes moved to heal it so far.</param>
/// <param name="Text">One line for people.</param>
public sealed record IncidentRow(
    string Id,
    long Version,
    string Kind,
    string Node,
    string Member,
    DateTimeOffset OpenedAt,
    DateTimeOffset? LastGoodAt,
    DateTimeOffset? HealedAt,
    int Datasets,
    long BytesReseeded,
    string Text);

/// <summary>A line in a dataset's story; kinds as in docs/reference/api.md.</summary>
public sealed record StoryRow(string Dataset, long Sequence, DateTimeOffset At, string Kind, string Text, string? Node);

/// <summary>What was seen of a node, for people who ask what happened when. Kinds: <c>probe|scan|canary</c>.</summary>
/// <param name="Node">Which node.</param>
/// <param name="At">When it was seen; milliseconds are kept.</param>
/// <param name="Kind">How it was looked at.</param>
/// <param name="Dataset">Which dataset; empty when it is about the node.</param>
/// <param name="Outcome">Closed word of that kind, e.g. <c>up</c>, <c>silent</c>, <c>listed</c>, <c>missing</c>.</param>
/// <param name="Detail">Compact JSON with numbers.</param>
public sealed record ObservationRow(string Node, DateTimeOffset At, string Kind, string Dataset, string Outcome, string Detail);

/// <summary>Work that has ended.</summary>
/// <param name="Repair">Its last row; phase <c>done|failed</c>.</param>
/// <param name="EndedAt">When its end was written.</param>
public sealed record EndedRepair(RepairRow Repair, DateTimeOffset EndedAt);

/// <summary>How many datasets have a value, among those a query finds.</summary>
public sealed record FacetCount(string Value, long Count);

/// <summary>
/// Values by which found datasets can be narrowed, most frequent first, at most 20 of each; <paramref name="AreAtLeast"/>: more were found than are looked at,
/// and the counts are those of the ones that were.
/// </summary>
public sealed record CatalogueFacets(
    IReadOnlyList<FacetCount> States,
    IReadOnlyList<FacetCount> Publishers,
    IReadOnlyList<FacetCount> Species,
    IReadOnlyList<FacetCount> Members,
    bool AreAtLeast = false);
