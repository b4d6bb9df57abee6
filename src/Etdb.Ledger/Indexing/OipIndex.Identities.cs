using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Indexing;

// A record signature covers location, address and time. Whoever copies these three can publish them again with other metadata, so
// each triple belongs to one record: the first in the chain, unless that one is unproven and a later one proves its content.
public sealed partial class OipIndex
{
    private static string Identity(Artifact artifact) =>
        ArtifactReader.RecordText(artifact.Location, artifact.Address, artifact.Timestamp);

    /// <summary>Takes the triple of a new record; false, with the reason, when it belongs to another one.</summary>
    private bool TryClaim(RecordVersion version, out OipReason reason)
    {
        reason = OipReason.None;
        var identity = Identity(version.Artifact);
        if (_identities.TryGet(identity, out var holderTxid) && _records.TryGet(holderTxid, out var holder))
        {
            reason = Rival(holder, identity, version);
            if (reason != OipReason.None)
            {
                return false;
            }

            Displace(holder);
        }

        _identities.Set(identity, version.Place.Txid);
        return true;
    }

    /// <summary>Takes the triple of an edited version for its record, when it is free or held by an unproven copy.</summary>
    private void TryClaim(RecordVersion version, string txid)
    {
        var identity = Identity(version.Artifact);
        if (_identities.TryGet(identity, out var holderTxid) && holderTxid != txid && _records.TryGet(holderTxid, out var holder))
        {
            if (Rival(holder, identity, version) != OipReason.None)
            {
                return;
            }

            Displace(holder);
        }

        _identities.Set(identity, txid);
    }

    private static OipReason Rival(IndexedRecord holder, string identity, RecordVersion version)
    {
        var held = holder.Versions.Find(v => Identity(v.Artifact) == identity) ?? holder.Current;
        if (IsSameContent(held.Artifact.Text, version.Artifact.Text))
        {
            return OipReason.RecordDuplicate;
        }

        // Only the first publication can be an impostor: edits are signed by the owner.
        var isImpostor = held.Proof == ContentProofKind.None && version.Proof != ContentProofKind.None && ReferenceEquals(held, holder.Versions[0]);
        return isImpostor ? OipReason.None : OipReason.RecordReplayed;
    }

    private void Displace(IndexedRecord impostor)
    {
        _records.Set(impostor.Txid, null);
        Refuse(impostor.Txid, OipReason.RecordDisplaced, impostor.Versions[0].Place.Height);
    }

    private static bool IsSameContent(Utf8Text a, Utf8Text b) => a.Equals(b)
        || (OipJson.TryParse(a.Bytes.Span, out var left) == OipReason.None
            && OipJson.TryParse(b.Bytes.Span, out var right) == OipReason.None
            && CanonicalJson.Digest(left) is { } digest && digest == CanonicalJson.Digest(right));
}
