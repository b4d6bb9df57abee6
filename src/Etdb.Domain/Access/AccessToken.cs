namespace Etdb.Domain.Access;

/// <summary>How a token came to be.</summary>
public enum TokenKind
{
    /// <summary>Made by an admin, or at the first start.</summary>
    Token = 0,

    /// <summary>A browser that signed in with another token; ends with it.</summary>
    Session = 1,

    /// <summary>A publisher that proved its key.</summary>
    Proof = 2,
}

/// <summary>What is kept of an access token: never its secret, only the hash of it.</summary>
public sealed record AccessToken
{
    /// <summary>The part of the token that names it; not secret.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the secret part, lower-case hex. The secret has 256 random bits, so nothing slower is needed.</summary>
    public required string Hash { get; init; }

    /// <summary>Who or what bears it.</summary>
    public required string Name { get; init; }

    /// <summary>How it came to be.</summary>
    public TokenKind Kind { get; init; }

    /// <summary>What it opens.</summary>
    public required IReadOnlyList<Grant> Grants { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>From when on it opens nothing.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was revoked; null while it was not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Last use, to a few minutes; null when never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The token a session was opened with: when that ends, this ends.</summary>
    public string? Parent { get; init; }

    /// <summary>True while it opens something.</summary>
    public bool IsLive(DateTimeOffset now) => RevokedAt is null && now < ExpiresAt;
}
