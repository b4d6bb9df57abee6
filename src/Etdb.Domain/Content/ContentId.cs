namespace Etdb.Domain.Content;

/// <summary>
/// The name of content: a CID in its canonical text form (v0 base58 <c>Qm…</c>, v1 base32 <c>b…</c>). Made only by code that has
/// parsed it (<c>Etdb.Ipfs</c> or a validated record); two equal texts name the same bytes.
/// </summary>
public readonly record struct ContentId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
