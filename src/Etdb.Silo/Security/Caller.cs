using Etdb.Domain.Access;
using Microsoft.AspNetCore.Http;

namespace Etdb.Silo.Security;

/// <summary>How a caller is known.</summary>
public enum CallerKind
{
    /// <summary>Not at all.</summary>
    Anonymous = 0,

    /// <summary>It calls from this machine, where the silo's user is admin.</summary>
    Local = 1,

    /// <summary>By a token in the Authorization header.</summary>
    Token = 2,

    /// <summary>By a browser's session cookie.</summary>
    Session = 3,
}

/// <summary>Who calls.</summary>
/// <param name="Kind">How that is known.</param>
/// <param name="Name">For people and the logs.</param>
/// <param name="Grants">What it may.</param>
/// <param name="TokenId">The token it bears; null without.</param>
/// <param name="ExpiresAt">When that ends.</param>
/// <param name="Key">What its calls are counted by.</param>
public sealed record Caller(CallerKind Kind, string Name, IReadOnlyList<Grant> Grants, string? TokenId, DateTimeOffset? ExpiresAt, string Key)
{
    private static readonly object Slot = new();

    /// <summary>The caller of a request, set before any endpoint runs.</summary>
    public static Caller Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Items[Slot] as Caller ?? throw new InvalidOperationException("The caller is not known yet: AccessMiddleware has not run.");
    }

    /// <summary>The author of an act: what a local caller says of itself, else who the token says it is.</summary>
    public string AuthorOr(string? said) => Kind == CallerKind.Local && !string.IsNullOrWhiteSpace(said) ? said : Name;

    internal void Keep(HttpContext context) => context.Items[Slot] = this;
}
