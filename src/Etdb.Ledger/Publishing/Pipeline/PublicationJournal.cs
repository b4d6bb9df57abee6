using System.Text.Json.Serialization;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Ledger.Publishing.Pipeline;

/// <summary>What a publication says. The numbers are stored.</summary>
public enum PublicationKind
{
    /// <summary>A new record.</summary>
    Publish = 0,

    /// <summary>A new version of a record.</summary>
    Edit = 1,

    /// <summary>The withdrawal of a record.</summary>
    Deactivate = 2,

    /// <summary>A record goes to another owner.</summary>
    Transfer = 3,

    /// <summary>The publisher's name.</summary>
    Register = 4,

    /// <summary>A line that is no record, such as the root of a day's evidence.</summary>
    Note = 5,
}

/// <summary>Where a publication is. The numbers are stored.</summary>
public enum PublicationStage
{
    /// <summary>Signed or about to be; some of it may be in the ledger's mempool.</summary>
    Sending = 0,

    /// <summary>All of it is accepted and waits for blocks.</summary>
    Confirming = 1,

    /// <summary>Deep enough to stay.</summary>
    Final = 2,

    /// <summary>Refused for good: see <see cref="PublicationJournal.Problem"/>.</summary>
    Failed = 3,
}

/// <summary>
/// One set of signed transactions that write a publication. A later issue pays more and spends a coin its predecessor spends as well, so that the chain
/// can hold only one of them.
/// </summary>
/// <param name="Transactions">In order of broadcast: the parts, then children that pay for them.</param>
/// <param name="Parts">How many of them are parts.</param>
/// <param name="Kept">Parts taken over from the issue before.</param>
/// <param name="FeePerKilobyte">Fee rate in satoshi it was built by.</param>
public sealed record PublicationIssue(IReadOnlyList<PlannedTransaction> Transactions, int Parts, int Kept, long FeePerKilobyte)
{
    /// <summary>Children that pay for stuck parts.</summary>
    [JsonIgnore]
    public int Children => Transactions.Count - Parts;

    /// <summary>Id of its first part.</summary>
    [JsonIgnore]
    public string FirstTxid => Transactions[0].Txid;
}

/// <summary>
/// Everything durable of one publication. Each change is on disk before it is acted upon, so that whoever is killed anywhere offers the very same transactions
/// again. Plain data: it is stored as JSON.
/// </summary>
public sealed record PublicationJournal
{
    /// <summary>What it says.</summary>
    public required PublicationKind Kind { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>The comment as a whole, before it is cut into parts.</summary>
    public required byte[] Comment { get; init; }

    /// <summary>The record it acts on; null for a new record and a registration.</summary>
    public string? Record { get; init; }

    /// <summary>
    /// What was signed last for a publication that was given up and whose place this one takes: the first issue spends a coin of it, so that the ledger, which
    /// may have heard of it after all, can hold only one of the two. Null for most.
    /// </summary>
    public PublicationIssue? Instead { get; init; }

    /// <summary>Oldest first; empty before the first is signed.</summary>
    public IReadOnlyList<PublicationIssue> Issues { get; init; } = [];

    /// <summary>Which issue is being carried: the last, unless an older one turned out to be in the chain.</summary>
    public int Active { get; init; }

    /// <summary>Where it is.</summary>
    public PublicationStage Stage { get; init; }

    /// <summary>Transactions of the active issue that were accepted, from the first.</summary>
    public int Accepted { get; init; }

    /// <summary>Fewest confirmations of any of them; null while unknown.</summary>
    public int? Confirmations { get; init; }

    /// <summary>Since when the active issue waits for its first confirmation without having been given more fee.</summary>
    public DateTimeOffset WaitsSince { get; init; }

    /// <summary>What hinders it; null when all is well.</summary>
    public string? Problem { get; init; }

    /// <summary>The issue being carried; null before the first is signed.</summary>
    [JsonIgnore]
    public PublicationIssue? Current => Issues.Count == 0 ? null : Issues[Active];

    /// <summary>Id of the record it makes or acts on; null before it is known. Of a new record it may change until <see cref="PublicationStage.Final"/>.</summary>
    [JsonIgnore]
    public string? RecordTxid => Kind == PublicationKind.Publish ? Current?.FirstTxid : Record;

    /// <summary>What the active issue costs, children included.</summary>
    [JsonIgnore]
    public PublicationCost Cost => RecordPublication.Cost(Current?.Transactions ?? []);

    /// <summary>Nothing more is done for it.</summary>
    [JsonIgnore]
    public bool IsSettled => Stage is PublicationStage.Final or PublicationStage.Failed;
}
