using System.Collections.Immutable;
using Etdb.Domain.Access;

namespace Etdb.Grains.Access;

/// <summary>Durable state of the <see cref="AccessGrain"/>.</summary>
[Immutable]
public sealed record AccessState
{
    /// <summary>By id.</summary>
    public ImmutableSortedDictionary<string, AccessToken> Tokens { get; init; } = ImmutableSortedDictionary<string, AccessToken>.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>What was used up, and until when that has to be remembered.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> Spent { get; init; } = ImmutableSortedDictionary<string, DateTimeOffset>.Empty.WithComparers(StringComparer.Ordinal);
}
