namespace Etdb.Grains;

/// <summary>
/// Intervals, graces and limits of replication. The defaults are for a consortium of libraries in production (hours and days); the demo
/// and the tests set seconds. Bound from the section <c>Replication</c>, checked by <see cref="ReplicationOptionsValidator"/>.
/// </summary>
public sealed class ReplicationOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Replication";

    /// <summary>Verified, independent replicas wanted where neither the publisher nor an operator says otherwise. 1..20, default 4.</summary>
    public int Target { get; set; } = 4;

    /// <summary>Replicas below which a dataset is endangered. 1..Target, default 3.</summary>
    public int Floor { get; set; } = 3;

    /// <summary>Replicas above which surplus copies are trimmed late. At least Target, default 5.</summary>
    public int Most { get; set; } = 5;

    /// <summary>Domain by which replicas must be distinct: <c>node</c>, <c>site</c>, <c>member</c> or <c>country</c>. Default <c>member</c>.</summary>
    public string DistinctBy { get; set; } = "member";

    /// <summary>How often a node is probed. Default 1 min.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>A probe that takes longer counts as unanswered. Default 20 s.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Without an answer for this long a node is suspect. Default 2 min.</summary>
    public TimeSpan SuspectAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Without an answer for this long a node is unreachable: its replicas no longer count. Default 30 min.</summary>
    public TimeSpan UnreachableAfter { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Unreachable becomes presumed lost after this long when at most one other verified copy is left. Default 24 h.</summary>
    public TimeSpan GraceOneOther { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The same with two others. Default 72 h.</summary>
    public TimeSpan GraceTwoOthers { get; set; } = TimeSpan.FromHours(72);

    /// <summary>The same with three or more others. Default 7 d.</summary>
    public TimeSpan GraceMoreOthers { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a claimed or suspect copy may wait for its check, or an assigned one for its bytes, before another is sought. Default 24 h.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Least time between two unpins of one dataset. Default 1 d.</summary>
    public TimeSpan TrimSpacing { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Rows of copies written off or given up are kept this long. Default 1 d.</summary>
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often the pins of a node are listed and compared. Default 6 h (a sweep of millions of pins is not free for Kubo).</summary>
    public TimeSpan ScanInterval { get; set; } = TimeSpan.FromHours(6);

    /// <summary>A listing that takes longer is given up; nothing is concluded. Default 2 h.</summary>
    public TimeSpan ScanTimeout { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How often one block of a dataset drawn by lot is read from every node: finds a disk that is gone behind an index that is not. Default 10 min.</summary>
    public TimeSpan CanaryInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often a node that is fuller than others asks some of its datasets to move, in good times only: one at first, twice as many each time all have arrived. 0 for
    /// never. Default 1 d.
    /// </summary>
    public TimeSpan RebalanceInterval { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Within which time a sample of every replica's blocks is read and hashed, at a moment drawn by lot in its latter half; what is at risk sooner, what finds the day's budget of its
    /// node used up later. Default 30 d.
    /// </summary>
    public TimeSpan ChallengeInterval { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Leaves of a sample. 1..10000, default 30.</summary>
    public int ChallengeLeaves { get; set; } = 30;

    /// <summary>
    /// Such samples asked of one node in a day at most: 200 find the loss of one dataset in a hundred within three days with 99 %. Copies in doubt, and scrubs, are checked whatever it is.
    /// 1..1000000, default 200.
    /// </summary>
    public int ChallengesPerNodeDay { get; set; } = 200;

    /// <summary>Within which time every block of every replica is read and hashed, at a moment drawn by lot in its latter half. Default 90 d.</summary>
    public TimeSpan ScrubInterval { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How often every dataset is looked at although nothing was reported. Default 24 h.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How often a shard looks whether brakes, members or room have changed while datasets wait for that; those that do are then asked at
    /// once, not with the next sweep. Default 15 s.
    /// </summary>
    public TimeSpan ClusterWatchInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the reminders of nodes, shards and the ledger wake them, should a crash have put them to sleep. At least 1 min, default 5 min.</summary>
    public TimeSpan WakeInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Shortest time between two rounds of a repair shard. Default 1 s.</summary>
    public TimeSpan ShardTick { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Repair shards. Fixed for the life of a cluster. 1..4096, default 16.</summary>
    public int Shards { get; set; } = 16;

    /// <summary>Parts the table of one node's pins is kept in. Fixed for the life of a cluster. 1..1024, default 8.</summary>
    public int ShelvesPerNode { get; set; } = 8;

    /// <summary>Datasets one shard works on at once. 1..1000, default 8.</summary>
    public int ShardConcurrency { get; set; } = 8;

    /// <summary>Transfers into one node at once. 1..64, default 2.</summary>
    public int InSlots { get; set; } = 2;

    /// <summary>Transfers out of one node at once. 1..64, default 2.</summary>
    public int OutSlots { get; set; } = 2;

    /// <summary>Audits on one node at once. 1..64, default 1.</summary>
    public int AuditSlots { get; set; } = 1;

    /// <summary>Work that may wait on one node; more is refused and asked again later. 1..100000, default 256.</summary>
    public int NodeQueueLimit { get; set; } = 256;

    /// <summary>How long work on a node may go without a word before its dataset asks for it. Default 5 min.</summary>
    public TimeSpan JobLease { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Wait before asking a busy node for a slot again. Default 15 s.</summary>
    public TimeSpan BusyRetry { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Wait after the first failure; doubles with each. Default 1 min.</summary>
    public TimeSpan RetryFirst { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest wait between attempts. Default 12 h.</summary>
    public TimeSpan RetryMost { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Failing for this long is shown to the publisher as unobtainable (and still tried). Default 7 d.</summary>
    public TimeSpan UnobtainableAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>A surplus copy is kept this long before it is trimmed: wasted bytes are cheaper than a second transfer. Default 30 d.</summary>
    public TimeSpan TrimAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Content of a deactivated, superseded or retracted record is kept this long. Default 365 d.</summary>
    public TimeSpan KeepAfterDeactivation { get; set; } = TimeSpan.FromDays(365);

    /// <summary>
    /// What no node of the cluster can give is looked for on the network outside (Kubo asks its peers). Default false: tried in vain it would keep slots from
    /// others.
    /// </summary>
    public bool SeekOutside { get; set; }

    /// <summary>Share of a node's capacity above which nothing new is placed there. (0,1], default 0.90.</summary>
    public double FullRatio { get; set; } = 0.90;

    /// <summary>Losing a larger share of a node's replicas in one scan is one incident of the node. (0,1], default 0.05.</summary>
    public double MassLossShare { get; set; } = 0.05;

    /// <summary>More than this share of the nodes silent at once: we doubt ourselves and pause. (0,1], default 0.25.</summary>
    public double StormNodeShare { get; set; } = 0.25;

    /// <summary>This many members wholly silent at once do the same. 1..1000, default 2.</summary>
    public int StormMembers { get; set; } = 2;

    /// <summary>Expected losses of a node a year before anything is learnt about it. (0,100], default 0.05.</summary>
    public double LossesPerNodeYear { get; set; } = 0.05;

    /// <summary>How often the ledger is asked for news. Default 5 s.</summary>
    public TimeSpan LedgerPollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a publication on its way is looked at. Default 10 s.</summary>
    public TimeSpan PublishInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A new member's nodes must pass every check for this long before what they hold counts. Default 14 d.</summary>
    public TimeSpan ProbationPeriod { get; set; } = TimeSpan.FromDays(14);

    /// <summary>Trial copies a node on probation is given at most. 1..10000, default 32.</summary>
    public int TrialCopies { get; set; } = 32;

    /// <summary>Wait for a first block after which the lab is asked to pay more for a publication. Default 20 minutes, 30 blocks.</summary>
    public TimeSpan PublicationStuckAfter { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>Confirmations after which a publication is final. 1..10000, default 100.</summary>
    public int FinalConfirmations { get; set; } = 100;
}
