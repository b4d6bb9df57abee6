namespace Etdb.Cli.Demo;

/// <summary>What <c>etdb demo --once --json FILE</c> writes. Keys are a promise (docs/reference/commands.md).</summary>
internal sealed record DemoReport(
    string Runtime,
    DemoLedger Ledger,
    IReadOnlyList<DemoDataset> Datasets,
    IReadOnlyList<DemoIncident> Incidents,
    DemoAfter After,
    DemoVerification Verification,
    double Seconds);

/// <summary>The ledger at the end.</summary>
internal sealed record DemoLedger(long Height, long Transactions, long Records);

/// <summary>A dataset at the end.</summary>
internal sealed record DemoDataset(string Id, string Title, string Root, long Bytes, IReadOnlyList<DemoReplica> Replicas);

/// <summary>A replica at the end.</summary>
internal sealed record DemoReplica(string Node, string Member, string State, DateTimeOffset? VerifiedAt);

/// <summary>Something that was broken: from the act to its detection, and from there to health.</summary>
internal sealed record DemoIncident(string Kind, string Node, int Datasets, double DetectedSeconds, double HealedSeconds, long BytesReseeded);

/// <summary>Datasets by state at the end.</summary>
internal sealed record DemoAfter(long Healthy, long Degraded, long Lost);

/// <summary>The last check: every block of every replica, read from its node and hashed by this process.</summary>
internal sealed record DemoVerification(int Replicas, long Blocks, long Bad);
