using System.Collections.Immutable;
using System.Globalization;
using Etdb.Ledger.Indexing.State;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

// What messages do. Edits, deactivations and transfers that name a record not seen yet wait for it for a week of block time.
public sealed partial class OipIndex
{
    private sealed record PendingAction(Origin Origin, OipMessage Message);

    private sealed record PendingActions(ImmutableList<PendingAction> Actions);

    private void Apply(Origin origin, OipMessage message)
    {
        switch (message)
        {
            case PublishMessage publish:
                Publish(origin, publish.Artifact);
                break;
            case RegisterMessage register:
                Register(origin, register);
                break;
            case EditMessage or DeactivateMessage or TransferMessage:
                Act(origin, message);
                break;
            case RefusedMessage:
                Refuse(origin, message.Reason);
                break;
            case ProtoMessage proto when origin.PartsSigner is { } signer && signer != proto.Address:
                Refuse(origin, OipReason.MultipartForeignSigner);
                break;
            case ProtoMessage or HistorianMessage:
                _kept.Add(1);
                break;
        }
    }

    private void Publish(Origin origin, Artifact artifact)
    {
        if (origin.PartsSigner is { } signer && signer != artifact.Address)
        {
            Refuse(origin, OipReason.MultipartForeignSigner);
            return;
        }

        var proof = artifact.Proof != ContentProofKind.None ? artifact.Proof
            : origin.IsBoundByParts ? ContentProofKind.Parts : ContentProofKind.None;
        var version = new RecordVersion(origin.Place, artifact, proof);
        if (!TryClaim(version, out var reason))
        {
            Refuse(origin, reason);
            return;
        }

        _records.Set(origin.Place.Txid, new IndexedRecord { Owner = artifact.Address, Versions = [version] });
        Resume(origin.Place.Txid);
    }

    private void Act(Origin origin, OipMessage message)
    {
        var (role, original) = message switch
        {
            EditMessage e => (e.Role, e.Original),
            DeactivateMessage d => (d.Role, d.Original),
            TransferMessage t => (t.Role, t.Original),
            _ => throw new ArgumentOutOfRangeException(nameof(message)),
        };
        if (role != "artifact")
        {
            ActOnRegistration(origin, message, role, original);
            return;
        }

        if (!_records.TryGet(original, out var record))
        {
            Wait(origin, message, original);
            return;
        }

        var reason = origin.PartsSigner is { } signer && signer != record.Owner
            ? OipReason.MultipartForeignSigner
            : message switch
            {
                EditMessage edit => Edit(origin, edit, record),
                DeactivateMessage deactivate => Deactivate(origin, deactivate, record),
                TransferMessage transfer => Transfer(origin, transfer, record),
                _ => OipReason.TypeUnknown,
            };
        if (reason != OipReason.None)
        {
            Refuse(origin, reason);
        }
    }

    private OipReason Edit(Origin origin, EditMessage edit, IndexedRecord record)
    {
        var verdict = SignedText.Check(
            _reader.Verifier, record.Owner, edit.Signature, out var signed,
            string.Create(CultureInfo.InvariantCulture, $"{edit.OriginalText}-{edit.Timestamp}"),
            string.Create(CultureInfo.InvariantCulture, $"{edit.OriginalText}-{record.Owner}-{edit.Timestamp}"));
        if (verdict != OipReason.None)
        {
            return verdict;
        }

        var isBound = edit.ProofDigest is not null || edit.ProofSignature is not null;
        if (isBound && !IsPatchProven(edit, record.Owner))
        {
            return OipReason.ContentProofWrong;
        }

        isBound |= origin.IsBoundByParts;
        if (_usedTexts.TryGet(signed!, out var user))
        {
            // The signature of an edit does not cover its patch, so a copied one may come first. The bound edit is the owner's.
            if (!isBound || record.Edits.Find(e => e.Place.Txid == user && !e.IsBound) is not { } copied)
            {
                return OipReason.ActionReplayed;
            }

            record = RecordVersions.Remove(record, copied, _reader.Verifier);
            Refuse(copied.Place.Txid, OipReason.ActionReplayed, copied.Place.Height);
        }

        if (record.Edits.Count >= OipLimits.MaxEditsPerRecord)
        {
            return OipReason.PendingLimit;
        }

        _usedTexts.Set(signed!, origin.Place.Txid);
        record = RecordVersions.Add(record, new RecordEdit(origin.Place, edit, isBound), _reader.Verifier);
        _records.Set(record.Txid, record);
        foreach (var version in record.Versions.Skip(1))
        {
            TryClaim(version, record.Txid);
        }

        return OipReason.None;
    }

    private bool IsPatchProven(EditMessage edit, string owner) =>
        edit.ProofDigest is { } digest && digest == edit.PatchDigest
        && SignedText.Check(_reader.Verifier, owner, edit.ProofSignature, ContentProof.PatchText(edit.OriginalText, edit.Timestamp, digest)) == OipReason.None;

    private OipReason Deactivate(Origin origin, DeactivateMessage deactivate, IndexedRecord record)
    {
        if (deactivate.VerifiedSigner is { } signer)
        {
            if (signer != record.Owner)
            {
                return OipReason.SignatureWrong;
            }
        }
        else
        {
            var text = $"{deactivate.OriginalText}-{record.Owner}-{deactivate.TimestampText}";
            var verdict = SignedText.Check(_reader.Verifier, record.Owner, deactivate.Signature, text);
            if (verdict != OipReason.None)
            {
                return verdict;
            }

            // The edit form of 2018 signs the same words: one signature must not do both.
            if (_usedTexts.Find(text) is not null)
            {
                return OipReason.ActionReplayed;
            }

            _usedTexts.Set(text, origin.Place.Txid);
        }

        if (!record.IsDeactivated)
        {
            _records.Set(record.Txid, record with { DeactivatedBy = origin.Place.Txid });
        }

        return OipReason.None;
    }

    private OipReason Transfer(Origin origin, TransferMessage transfer, IndexedRecord record)
    {
        if (transfer.From != record.Owner)
        {
            return OipReason.SignatureWrong;
        }

        if (_usedTexts.Find(transfer.SignedText) is not null)
        {
            return OipReason.ActionReplayed;
        }

        _usedTexts.Set(transfer.SignedText, origin.Place.Txid);
        _records.Set(record.Txid, record with { Owner = transfer.To });
        return OipReason.None;
    }

    private void Wait(Origin origin, OipMessage message, string original)
    {
        if (_pendingActionCount.Value >= OipLimits.MaxPendingActions)
        {
            Refuse(origin, OipReason.PendingLimit);
            return;
        }

        _pendingActions.Set(original, new PendingActions((_pendingActions.Find(original)?.Actions ?? []).Add(new PendingAction(origin, message))));
        _pendingActionCount.Add(1);
        _deadlines.Add(ActionDeadline(origin, original));
    }

    private void Resume(string txid)
    {
        if (!_pendingActions.TryGet(txid, out var pending))
        {
            return;
        }

        _pendingActions.Set(txid, null);
        _pendingActionCount.Add(-pending.Actions.Count);
        foreach (var action in pending.Actions)
        {
            _deadlines.Remove(ActionDeadline(action.Origin, txid));
            Act(action.Origin, action.Message);
        }
    }

    private void ExpireAction(Deadline deadline)
    {
        var actions = _pendingActions.Find(deadline.Id)!.Actions;
        var expired = actions.Find(a => a.Origin.Place.Order == deadline.Order)!;
        var rest = actions.Remove(expired);
        _pendingActions.Set(deadline.Id, rest.IsEmpty ? null : new PendingActions(rest));
        _pendingActionCount.Add(-1);
        Refuse(expired.Origin, OipReason.OriginalUnknown);
    }

    private static Deadline ActionDeadline(Origin origin, string original) =>
        new(origin.Place.Time + OipLimits.PendingSeconds, origin.Place.Order, true, original, "");
}
