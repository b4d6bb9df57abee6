using System.Globalization;
using System.Text.Json;
using Etdb.Ledger.Oip.Json;

namespace Etdb.Ledger.Oip;

/// <summary>
/// OIP 0.42: <c>{"oip042":{ACTION:{TYPE:{…}}}}</c>. The first action present wins in the order publish, register, edit, transfer,
/// deactivate (oipd). Signatures are found inside TYPE or beside it: tools have written both.
/// </summary>
internal sealed class EnvelopeReader(IMessageVerifier verifier)
{
    private static readonly string[] Roles = ["artifact", "pub", "influencer", "platform", "pool", "autominerPool", "autominer"];

    /// <summary>Reads what is under <c>oip042</c>.</summary>
    public OipMessage Read(JsonElement envelope)
    {
        if (envelope.FindObject("publish") is { } publish)
        {
            return Publish(publish);
        }

        if (envelope.FindObject("register") is { } register)
        {
            return Register(register);
        }

        if (envelope.FindObject("edit") is { } edit)
        {
            return FindRole(edit, out var role, out var body)
                ? ActionReader.Edit(OipKind.Edit, role, body, edit, edit.FindText("signature") ?? body.FindText("signature"))
                : new RefusedMessage(OipKind.Edit, OipReason.TypeUnknown);
        }

        if (envelope.FindObject("transfer") is { } transfer)
        {
            return FindRole(transfer, out var role, out var body)
                ? ActionReader.Transfer(OipKind.Transfer, role, body, body.FindText("signature") ?? transfer.FindText("signature"), verifier)
                : new RefusedMessage(OipKind.Transfer, OipReason.TypeUnknown);
        }

        return envelope.FindObject("deactivate") is { } deactivate
            ? Deactivate(deactivate)
            : new RefusedMessage(OipKind.None, OipReason.TypeUnknown);
    }

    private static bool FindRole(JsonElement action, out string role, out JsonElement body)
    {
        foreach (var candidate in Roles)
        {
            if (action.FindObject(candidate) is { } found)
            {
                (role, body) = (candidate, found);
                return true;
            }
        }

        (role, body) = ("", default);
        return false;
    }

    private OipMessage Publish(JsonElement publish)
    {
        if (publish.FindObject("artifact") is not { } json)
        {
            return new RefusedMessage(OipKind.Publish, OipReason.TypeUnknown);
        }

        var reason = ArtifactReader.TryRead(json, RecordFormat.Oip042, publish.FindText("signature"), verifier, out var artifact);
        return reason == OipReason.None ? new PublishMessage(OipKind.Publish, artifact!) : new RefusedMessage(OipKind.Publish, reason);
    }

    private OipMessage Register(JsonElement register)
    {
        if (!FindRole(register, out var role, out var body) || role == "artifact")
        {
            return new RefusedMessage(OipKind.Register, OipReason.TypeUnknown);
        }

        var address = body.FindText("floAddress");
        var alias = body.FindText("alias");
        var timestamp = body.FindInteger("timestamp");
        var reason = CheckRegistration(role, body, body.FindText("signature") ?? register.FindText("signature"), verifier);
        return reason == OipReason.None
            ? new RegisterMessage(OipKind.Register, role, address!, alias, timestamp ?? 0, register.FindText("signature"), body.GetRawText())
            : new RefusedMessage(OipKind.Register, reason);
    }

    /// <summary>Verifies a registration over the text its role signs; also after a publisher edit.</summary>
    internal static OipReason CheckRegistration(string role, JsonElement body, string? signature, IMessageVerifier verifier)
    {
        var address = body.FindText("floAddress");
        var alias = body.FindText("alias");
        var timestamp = body.FindInteger("timestamp");
        if (role == "pub" && string.IsNullOrWhiteSpace(alias))
        {
            return OipReason.TitleMissing;
        }

        if (role is "pub" or "influencer" && timestamp is null)
        {
            return OipReason.TimestampInvalid;
        }

        var version = body.FindNumber("version") is { } number ? JsonText.Number(number) : body.FindText("version") ?? "0";
        var text = role switch
        {
            "pub" => string.Create(CultureInfo.InvariantCulture, $"{alias}-{address}-{timestamp}"),
            "autominer" => $"{address}-{version}",
            "influencer" => string.Create(CultureInfo.InvariantCulture, $"{address}-{version}-{timestamp}"),
            "pool" or "autominerPool" => LegacyReader.PoolText(body, version),
            _ => null, // no document and no code says what a platform signs
        };
        if (text is null)
        {
            return OipReason.SignatureUncheckable;
        }

        // Nor what a pool of 0.42 signs (media-protocol: "not implemented"): the older pools' text is taken when it fits, and proves nothing when it does not.
        var verdict = SignedText.Check(verifier, address, signature, text);
        return verdict == OipReason.SignatureWrong && role is "pool" or "autominerPool" ? OipReason.SignatureUncheckable : verdict;
    }

    private OipMessage Deactivate(JsonElement deactivate)
    {
        if (!FindRole(deactivate, out var role, out var body))
        {
            return new RefusedMessage(OipKind.Deactivate, OipReason.TypeUnknown);
        }

        var signature = body.FindText("signature") ?? deactivate.FindText("signature");
        if (role == "artifact" || body.FindText("floAddress") is not { } address)
        {
            return ActionReader.Deactivate(OipKind.Deactivate, role, body, signature);
        }

        var timestamp = body.FindInteger("timestamp");
        var text = string.Create(CultureInfo.InvariantCulture, $"deactivate-{address}-{timestamp}");
        var verdict = SignedText.Check(verifier, address, signature, text);
        return verdict == OipReason.None
            ? new DeactivateMessage(OipKind.Deactivate, role, address, address, $"{timestamp}", signature!, address)
            : new RefusedMessage(OipKind.Deactivate, verdict);
    }
}
