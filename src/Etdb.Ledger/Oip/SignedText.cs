using System.Text;

namespace Etdb.Ledger.Oip;

/// <summary>Checks a signature against the texts a message could have signed, tried in order.</summary>
internal static class SignedText
{
    /// <summary><see cref="OipReason.None"/> when one of the texts verifies; else the reason of the first.</summary>
    public static OipReason Check(IMessageVerifier verifier, string? address, string? signature, params ReadOnlySpan<string> texts) =>
        Check(verifier, address, signature, out _, texts);

    /// <summary>The same, and which text it was.</summary>
    public static OipReason Check(IMessageVerifier verifier, string? address, string? signature, out string? signed, params ReadOnlySpan<string> texts)
    {
        signed = null;
        if (string.IsNullOrEmpty(address) || address.Length > OipLimits.MaxFieldChars || !verifier.IsAddress(address))
        {
            return OipReason.AddressInvalid;
        }

        if (string.IsNullOrEmpty(signature))
        {
            return OipReason.SignatureMissing;
        }

        if (signature.Length > OipLimits.MaxFieldChars)
        {
            return OipReason.SignatureMalformed;
        }

        foreach (var text in texts)
        {
            switch (verifier.Verify(address, signature, Encoding.UTF8.GetBytes(text)))
            {
                case SignatureVerdict.Valid:
                    signed = text;
                    return OipReason.None;
                case SignatureVerdict.Malformed:
                    return OipReason.SignatureMalformed;
            }
        }

        return OipReason.SignatureWrong;
    }
}
