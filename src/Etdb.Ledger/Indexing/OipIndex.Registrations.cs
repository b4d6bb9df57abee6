using System.Globalization;
using System.Text;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Indexing;

// Registrations: one in force for each role and address, the latest by its own signed time, so that an old one cannot be played again.
public sealed partial class OipIndex
{
    private void Register(Origin origin, RegisterMessage message)
    {
        var key = (message.Role, message.Address);
        var reason = origin.PartsSigner is { } signer && signer != message.Address ? OipReason.MultipartForeignSigner
            : _registrations.TryGet(key, out var old) && !IsNewer(message, old.Message) ? OipReason.RegistrationOutdated
            : OipReason.None;
        if (reason != OipReason.None)
        {
            Refuse(origin, reason);
            return;
        }

        _registrations.Set(key, new IndexedRegistration(origin.Place, origin.Place.Txid, message, false));
        _registrationAddresses.Set(origin.Place.Txid, message.Address);
        Resume(origin.Place.Txid);
    }

    private static bool IsNewer(RegisterMessage message, RegisterMessage old) =>
        OipTime.Milliseconds(message.Timestamp) > OipTime.Milliseconds(old.Timestamp)
        || (message.Timestamp == 0 && old.Timestamp == 0 && message.Json != old.Json);

    private void ActOnRegistration(Origin origin, OipMessage message, string role, string original)
    {
        if (message is DeactivateMessage { VerifiedSigner: { } address })
        {
            DeactivateRegistration(origin, role, address);
            return;
        }

        if (!_registrationAddresses.TryGet(original, out var owner))
        {
            Wait(origin, message, original);
            return;
        }

        var registration = _registrations.Find((role, owner));
        var reason = registration?.RegistrationTxid != original ? OipReason.OriginalUnknown
            : origin.PartsSigner is { } signer && signer != owner ? OipReason.MultipartForeignSigner
            : message is EditMessage edit ? EditRegistration(origin, edit, registration)
            : message is DeactivateMessage deactivate ? DeactivateSigned(origin, deactivate, role, owner)
            : OipReason.TypeUnknown;
        if (reason != OipReason.None)
        {
            Refuse(origin, reason);
        }
    }

    private OipReason DeactivateSigned(Origin origin, DeactivateMessage deactivate, string role, string owner)
    {
        var text = $"{deactivate.OriginalText}-{owner}-{deactivate.TimestampText}";
        var verdict = SignedText.Check(_reader.Verifier, owner, deactivate.Signature, text);
        if (verdict == OipReason.None)
        {
            DeactivateRegistration(origin, role, owner);
        }

        return verdict;
    }

    private void DeactivateRegistration(Origin origin, string role, string address)
    {
        if (_registrations.TryGet((role, address), out var registration))
        {
            _registrations.Set((role, address), registration with { Place = origin.Place, IsDeactivated = true });
        }
        else
        {
            Refuse(origin, OipReason.OriginalUnknown);
        }
    }

    /// <summary>As for records: signed by the owner, used once, and what comes out must verify by itself or the patch must be bound.</summary>
    private OipReason EditRegistration(Origin origin, EditMessage edit, IndexedRegistration registration)
    {
        var owner = registration.Message.Address;
        var verdict = SignedText.Check(
            _reader.Verifier, owner, edit.Signature, out var signed,
            string.Create(CultureInfo.InvariantCulture, $"{edit.OriginalText}-{edit.Timestamp}"),
            string.Create(CultureInfo.InvariantCulture, $"{edit.OriginalText}-{owner}-{edit.Timestamp}"));
        if (verdict != OipReason.None)
        {
            return verdict;
        }

        if (_usedTexts.Find(signed!) is not null)
        {
            return OipReason.ActionReplayed;
        }

        if (RecordVersions.TryPatch(registration.Message.Json, edit.Patch) is not { } json
            || OipJson.TryParse(Encoding.UTF8.GetBytes(json), out var body) != OipReason.None)
        {
            return OipReason.PatchFailed;
        }

        var isBound = origin.IsBoundByParts || IsPatchProven(edit, owner);
        var signature = body.FindText("signature") ?? registration.Message.OuterSignature;
        var verified = EnvelopeReader.CheckRegistration(registration.Message.Role, body, signature, _reader.Verifier) == OipReason.None;
        if (body.FindText("floAddress") != owner || (!verified && !isBound))
        {
            return OipReason.EditedRecordInvalid;
        }

        _usedTexts.Set(signed!, origin.Place.Txid);
        var message = registration.Message with
        {
            Alias = body.FindText("alias"),
            Timestamp = body.FindInteger("timestamp") ?? registration.Message.Timestamp,
            Json = json,
        };
        _registrations.Set((message.Role, owner), registration with { Place = origin.Place, Message = message });
        return OipReason.None;
    }
}
