using Etdb.Domain.Access;

namespace Etdb.Grains.Access;

/// <summary>
/// Every access token of the cluster (one grain, key <see cref="Key"/>): made, checked, listed, revoked. Asked with each call that bears a token, so that a
/// revocation holds from the moment it is acknowledged.
/// </summary>
[Alias("etdb.IAccessGrain"), Version(1)]
public interface IAccessGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Enters a token. False when there are too many, or its id is taken. Durable when it returns.</summary>
    [Alias("Add")]
    Task<bool> Add(AccessToken token);

    /// <summary>Enters a first admin's token, unless there is a live one already. True when it was entered.</summary>
    [Alias("AddFirst")]
    Task<bool> AddFirst(AccessToken token);

    /// <summary>Whether a token opens anything now, and what; notes the use.</summary>
    [Alias("Check")]
    Task<TokenAnswer> Check(string id, string hash);

    /// <summary>Revokes a token and the sessions opened with it; null when there is none of that id. May be repeated.</summary>
    [Alias("Revoke")]
    Task<TokenView?> Revoke(string id);

    /// <summary>All that are kept, newest first.</summary>
    [AlwaysInterleave]
    [Alias("List")]
    Task<IReadOnlyList<TokenView>> List();

    /// <summary>Uses up something that may be used once; false when it was used before, or its time is over.</summary>
    [Alias("Spend")]
    Task<bool> Spend(string nonce, DateTimeOffset keepUntil);
}

/// <summary>How a check of a token ended.</summary>
public enum TokenVerdict
{
    /// <summary>It opens what its grants say.</summary>
    Valid = 0,

    /// <summary>There is none of that id, or the secret is another.</summary>
    Unknown = 1,

    /// <summary>Its time is over.</summary>
    Expired = 2,

    /// <summary>It was revoked.</summary>
    Revoked = 3,
}

/// <summary>The answer to a check; the token is given only when valid.</summary>
[GenerateSerializer, Immutable, Alias("etdb.token-answer")]
public sealed record TokenAnswer([property: Id(0)] TokenVerdict Verdict, [property: Id(1)] TokenView? Token);

/// <summary>A token, for readers: nothing here helps to forge it.</summary>
[GenerateSerializer, Immutable, Alias("etdb.token-view")]
public sealed record TokenView(
    [property: Id(0)] string Id,
    [property: Id(1)] string Name,
    [property: Id(2)] TokenKind Kind,
    [property: Id(3)] IReadOnlyList<string> Grants,
    [property: Id(4)] DateTimeOffset CreatedAt,
    [property: Id(5)] string CreatedBy,
    [property: Id(6)] DateTimeOffset ExpiresAt,
    [property: Id(7)] DateTimeOffset? RevokedAt,
    [property: Id(8)] DateTimeOffset? LastUsedAt);
