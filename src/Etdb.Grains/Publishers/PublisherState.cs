using System.Collections.Immutable;
using Etdb.Domain.Replication;

namespace Etdb.Grains.Publishers;

/// <summary>Durable state of a <see cref="PublisherGrain"/>.</summary>
[Immutable]
public sealed record PublisherState
{
    /// <summary>Grows with every change.</summary>
    public long Version { get; init; }

    /// <summary>Registered name.</summary>
    public string? Alias { get; init; }

    /// <summary>Sequence of the last ledger event applied.</summary>
    public long LedgerSequence { get; init; }

    /// <summary>Dataset ids as version 1 kept them; moved to the grain's table of pages when it wakes.</summary>
    public ImmutableSortedSet<string> Datasets { get; init; } = ImmutableSortedSet<string>.Empty.WithComparer(StringComparer.Ordinal);

    /// <summary>For its datasets that have no policy of their own; null leaves them to the consortium.</summary>
    public ReplicationPolicy? Policy { get; init; }

    /// <summary>How much of it is taken on; null for no limit.</summary>
    public PublisherQuota? Quota { get; init; }

    /// <summary>Ledger sequence of the last dataset the quota reaches to; null when it reaches to all.</summary>
    public long? ReachesTo { get; init; }

    /// <summary>Grows with every change of what datasets must be told; 0 while there is nothing to tell.</summary>
    public long TermsVersion { get; init; }

    /// <summary>Page of datasets to be told next of <see cref="TermsVersion"/>; null when all were told.</summary>
    public int? TellPage { get; init; }

    /// <summary>Pages there were when the telling began: when the table grew since, it begins again.</summary>
    public int TellPages { get; init; }

    /// <summary>On their way, oldest first; then the latest that are done.</summary>
    public ImmutableArray<PublicationState> Publications { get; init; } = [];
}

/// <summary>A publication that was taken over. The signed transactions are kept until it is final.</summary>
[Immutable]
public sealed record PublicationState
{
    public required string RecordTxid { get; init; }

    public string Title { get; init; } = "";

    public ImmutableArray<SignedTransaction> Transactions { get; init; } = [];

    /// <summary>How many of them make the record, from the first; the others pay for these. Null: all.</summary>
    public int? Parts { get; init; }

    /// <summary>How many of them there were; stays when they are dropped.</summary>
    public int Total { get; init; }

    public PublicationPhase Phase { get; init; }

    /// <summary>Transactions accepted, from the first.</summary>
    public int Accepted { get; init; }

    public int? Confirmations { get; init; }

    public DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Failed attempts in a row.</summary>
    public int Attempts { get; init; }

    public DateTimeOffset NextAt { get; init; }

    public string? Problem { get; init; }

    /// <summary>First transaction of the publication it replaces.</summary>
    public string? Replaces { get; init; }

    /// <summary>The lab has to pay more.</summary>
    public bool NeedsFee { get; init; }

    /// <summary>Since when it waits for a first confirmation without having been given more fee.</summary>
    public DateTimeOffset WaitsSince { get; init; }

    /// <summary>Nothing more is done for it.</summary>
    public bool IsDone => Phase is PublicationPhase.Final or PublicationPhase.Failed or PublicationPhase.Replaced;

    public PublicationStatus ToStatus() =>
        new(RecordTxid, Title, Phase, Accepted, Total, Confirmations, AcceptedAt, Attempts, IsDone ? null : NextAt, Problem, NeedsFee);
}
