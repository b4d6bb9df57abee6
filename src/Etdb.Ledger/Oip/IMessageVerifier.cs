namespace Etdb.Ledger.Oip;

/// <summary>How a signed message turned out. Only <see cref="Valid"/> is a "yes"; the other two are told apart for the reader of a report.</summary>
public enum SignatureVerdict
{
    /// <summary>The signature recovers to the address.</summary>
    Valid = 0,

    /// <summary>A well-formed signature by another key or over another text.</summary>
    Wrong = 1,

    /// <summary>Not a signature at all (base64, length, header byte).</summary>
    Malformed = 2,
}

/// <summary>Checks addresses and message signatures of one FLO network. Implementations are pure and safe to call from many threads.</summary>
public interface IMessageVerifier
{
    /// <summary>True when <paramref name="address"/> decodes to a key or script hash of this network.</summary>
    bool IsAddress(string address);

    /// <summary>Verifies a base64 signature over the UTF-8 bytes of <paramref name="message"/>; never throws for outside data.</summary>
    SignatureVerdict Verify(string address, string signature, ReadOnlySpan<byte> message);
}

/// <summary>Signs messages with one FLO key; the key itself stays inside (a file, a device, an external command).</summary>
public interface IMessageSigner
{
    /// <summary>Address the signatures verify against.</summary>
    string Address { get; }

    /// <summary>Base64 of the 65-byte recoverable signature over <paramref name="message"/>.</summary>
    string Sign(ReadOnlySpan<byte> message);
}
