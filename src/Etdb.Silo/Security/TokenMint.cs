using System.Security.Cryptography;
using Etdb.Domain.Access;
using Etdb.Grains.Access;
using Orleans;

namespace Etdb.Silo.Security;

/// <summary>Makes tokens. The secret exists here and with its bearer, nowhere else: the grain gets the hash.</summary>
public sealed class TokenMint(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    /// <summary>A new token, or null when there are too many.</summary>
    public async Task<(TokenText Text, AccessToken Token)?> MakeAsync(
        string name, TokenKind kind, IReadOnlyList<Grant> grants, DateTimeOffset expiresAt, string author, string? parent, CancellationToken cancellationToken)
    {
        var text = TokenText.FromEntropy(RandomNumberGenerator.GetBytes(TokenText.EntropyBytes));
        var token = new AccessToken { Id = text.Id, Hash = text.Hash, Name = name, Kind = kind, Grants = grants, CreatedAt = time.GetUtcNow(), CreatedBy = author, ExpiresAt = expiresAt, Parent = parent };
        return await grains.GetGrain<IAccessGrain>(IAccessGrain.Key).Add(token).WaitAsync(GrainLimit, time, cancellationToken) ? (text, token) : null;
    }
}
