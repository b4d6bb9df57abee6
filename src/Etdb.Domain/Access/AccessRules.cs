namespace Etdb.Domain.Access;

/// <summary>Whether grants open a door. One rule, used for every call.</summary>
public static class AccessRules
{
    /// <summary>
    /// True when one of the grants is enough: an admin's for everything, any grant for what viewers may, else the same role for the same
    /// <paramref name="resource"/>. A scoped role never opens a resource whose owner is not known.
    /// </summary>
    public static bool Allows(IEnumerable<Grant> grants, Role needed, string? resource)
    {
        ArgumentNullException.ThrowIfNull(grants);
        return grants.Any(g => g.Role == Role.Admin || needed == Role.Viewer || (g.Role == needed && (!Grant.NeedsScope(needed) || (resource is not null && g.Scope == resource))));
    }
}
