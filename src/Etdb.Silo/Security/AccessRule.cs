using Etdb.Domain.Access;
using Microsoft.AspNetCore.Builder;

namespace Etdb.Silo.Security;

/// <summary>Whose a called thing is.</summary>
public enum Owner
{
    /// <summary>The consortium's.</summary>
    None = 0,

    /// <summary>Of the publisher whose address the route value <c>address</c> is.</summary>
    Publisher = 1,

    /// <summary>Of the member whose id the route value <c>id</c> is.</summary>
    Member = 2,

    /// <summary>Of the member of the node whose id the route value <c>id</c> is.</summary>
    NodesMember = 3,
}

/// <summary>What it takes to call an endpoint. Every endpoint bears one; one without is answered to nobody.</summary>
/// <param name="Role">The role needed; null opens it to all.</param>
/// <param name="Owner">Whose it is, for roles with a scope.</param>
/// <param name="SignIn">It is a way to sign in or join: limited by address, as there is no caller yet.</param>
/// <param name="OnlyReads">It changes nothing, although it is posted to: questions too long for an address, texts to sign. Not noted.</param>
/// <param name="Live">Its answer goes on for as long as somebody reads: such readers are counted apart.</param>
/// <param name="Unlimited">It costs nothing and has to be answered to supervisors and balancers whatever others do.</param>
public sealed record AccessRule(Role? Role, Owner Owner, bool SignIn, bool OnlyReads = false, bool Live = false, bool Unlimited = false);

/// <summary>Says what it takes to call an endpoint.</summary>
public static class AccessRuleExtensions
{
    /// <summary>Open to everybody.</summary>
    public static T Open<T>(this T endpoint)
        where T : IEndpointConventionBuilder
        => endpoint.WithMetadata(new AccessRule(null, Owner.None, false));

    /// <summary>A way to sign in or join: open, limited by address.</summary>
    public static T SignIn<T>(this T endpoint, bool onlyReads = false)
        where T : IEndpointConventionBuilder
        => endpoint.WithMetadata(new AccessRule(null, Owner.None, true, onlyReads));

    /// <summary>Open to everybody as often as they like.</summary>
    public static T Unlimited<T>(this T endpoint)
        where T : IEndpointConventionBuilder
        => endpoint.WithMetadata(new AccessRule(null, Owner.None, false, Unlimited: true));

    /// <summary>Needs a role to read along.</summary>
    public static T NeedsToReadLive<T>(this T endpoint, Role role)
        where T : IEndpointConventionBuilder
        => endpoint.WithMetadata(new AccessRule(role, Owner.None, false, Live: true));

    /// <summary>Needs a role to read what a POST asks for.</summary>
    public static T NeedsToRead<T>(this T endpoint, Role role)
        where T : IEndpointConventionBuilder
        => endpoint.WithMetadata(new AccessRule(role, Owner.None, false, OnlyReads: true));

    /// <summary>Needs a role, for a thing of that owner.</summary>
    public static T Needs<T>(this T endpoint, Role role, Owner owner = Owner.None)
        where T : IEndpointConventionBuilder
        => endpoint.WithMetadata(new AccessRule(role, owner, false));
}
