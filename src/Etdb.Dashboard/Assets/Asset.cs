namespace Etdb.Dashboard.Assets;

/// <summary>One file of the built front-end with its precompressed forms; immutable, so it is shared by all requests.</summary>
internal sealed record Asset
{
    public required string Path { get; init; }

    public required string ContentType { get; init; }

    /// <summary>Strong validator: a hash of the uncompressed bytes. Each encoding has its own by a suffix.</summary>
    public required string Hash { get; init; }

    /// <summary>True if the name carries a hash of the content, so that the file never changes under this name.</summary>
    public required bool Immutable { get; init; }

    public required ReadOnlyMemory<byte> Plain { get; init; }

    public ReadOnlyMemory<byte>? Gzip { get; init; }

    public ReadOnlyMemory<byte>? Brotli { get; init; }
}
