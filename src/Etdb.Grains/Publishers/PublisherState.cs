using System.Collections.Immutable;

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
