using System.Collections.Immutable;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

/// <summary>A transaction as the index takes it: read, with its signature checked.</summary>
public sealed record OipTransaction(string Txid, OipMessage Message);

/// <summary>A block as the index takes it. Transactions that carry no comment may be left out; order is chain order.</summary>
/// <param name="Height">Height.</param>
/// <param name="Hash">Block id.</param>
/// <param name="Time">Header time, Unix seconds.</param>
/// <param name="Transactions">Those with comments.</param>
public sealed record OipBlock(long Height, string Hash, long Time, IReadOnlyList<OipTransaction> Transactions);

/// <summary>Where the index stands.</summary>
public sealed record IndexTip(long Height, string Hash, long Time);

/// <summary>Something recognised that was not taken, and why.</summary>
public sealed record Refusal(string Txid, OipReason Reason, long Height);

/// <summary>Place of a message in the chain.</summary>
/// <param name="Txid">Transaction; for multipart records the one of part 0.</param>
/// <param name="Height">Height of that transaction's block.</param>
/// <param name="Time">Header time of that block, Unix seconds.</param>
/// <param name="Order">Order in which the index completed it: block height, then position.</param>
public sealed record ChainPlace(string Txid, long Height, long Time, long Order);

/// <summary>An edit whose signature by the owner verified.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Message">What it says.</param>
/// <param name="IsBound">The patch itself is signed (patch proof or part signatures), not only the words "edit of TXID at TIME".</param>
public sealed record RecordEdit(ChainPlace Place, EditMessage Message, bool IsBound);

/// <summary>One version of a record.</summary>
/// <param name="Place">The publication or the edit.</param>
/// <param name="Artifact">Whole content.</param>
/// <param name="Proof">What proves all of it.</param>
public sealed record RecordVersion(ChainPlace Place, Artifact Artifact, ContentProofKind Proof);

/// <summary>A record: its publication, the edits that apply and do not, and what holds now. Immutable.</summary>
public sealed record IndexedRecord
{
    /// <summary>Id: txid of the first publication.</summary>
    public string Txid => Versions[0].Place.Txid;

    /// <summary>FLO address that signed the publication.</summary>
    public string Author => Versions[0].Artifact.Address;

    /// <summary>FLO address that may edit, deactivate and transfer: the author until a transfer.</summary>
    public required string Owner { get; init; }

    /// <summary>The publication and every applied edit, in order.</summary>
    public required ImmutableList<RecordVersion> Versions { get; init; }

    /// <summary>All edits signed by the owner, by their own time.</summary>
    public ImmutableList<RecordEdit> Edits { get; init; } = [];

    /// <summary>Edits that do not apply.</summary>
    public ImmutableList<Refusal> RefusedEdits { get; init; } = [];

    /// <summary>Transaction that deactivated the record; null while it is active.</summary>
    public string? DeactivatedBy { get; init; }

    /// <summary>What holds now.</summary>
    public RecordVersion Current => Versions[^1];

    /// <summary>True when the owner withdrew the record: not listed, still provable.</summary>
    public bool IsDeactivated => DeactivatedBy is not null;

    /// <summary>The signatures cover all metadata of the current version. (That location, address and time are the author's is proven for every record in the index.)</summary>
    public bool IsContentProven => Current.Proof != ContentProofKind.None;
}

/// <summary>A registration in force.</summary>
/// <param name="Place">Where it was made or last edited.</param>
/// <param name="RegistrationTxid">The registration itself, which edits name.</param>
/// <param name="Message">What it says.</param>
/// <param name="IsDeactivated">Withdrawn by its own key.</param>
public sealed record IndexedRegistration(ChainPlace Place, string RegistrationTxid, RegisterMessage Message, bool IsDeactivated);

/// <summary>A multipart record that is not complete.</summary>
/// <param name="Reference">Txid of part 0, or the reference its parts give when part 0 is not there.</param>
/// <param name="Address">Signer.</param>
/// <param name="Max">Index of the last part; null while part 0 is missing.</param>
/// <param name="Parts">Numbers that are there, ascending.</param>
public sealed record PendingMultipart(string Reference, string Address, int? Max, IReadOnlyList<int> Parts);

/// <summary>How a record changed between two states of the index.</summary>
public sealed record RecordChange(string Txid, IndexedRecord? Before, IndexedRecord? After);

/// <summary>How a registration changed.</summary>
public sealed record RegistrationChange(string Role, string Address, IndexedRegistration? Before, IndexedRegistration? After);

/// <summary>Everything visible that one block, connected or disconnected, changed.</summary>
public sealed record IndexChanges(IReadOnlyList<RecordChange> Records, IReadOnlyList<RegistrationChange> Registrations);
