namespace Etdb.Domain.Access;

/// <summary>A role, and where it holds: <c>publisher:FLOADDRESS</c>, <c>member-operator:MEMBER</c>; the other roles have no scope.</summary>
/// <param name="Role">What the bearer may be.</param>
/// <param name="Scope">Whose; set exactly for the two roles that are somebody's.</param>
public sealed record Grant(Role Role, string? Scope)
{
    /// <summary>Longest scope.</summary>
    public const int ScopeMaximum = 128;

    /// <summary>The words of the roles, as commands and the API take them.</summary>
    public static IReadOnlyList<string> Words { get; } = ["viewer", "auditor", "publisher", "member-operator", "admin"];

    /// <summary>Reads <c>role</c> or <c>role:scope</c>.</summary>
    public static bool TryParse(string? text, out Grant grant, out string problem)
    {
        grant = new Grant(Role.Viewer, null);
        var parts = (text ?? "").Split(':', 2);
        var index = Words.ToList().IndexOf(parts[0]);
        if (index < 0)
        {
            problem = $"'{parts[0]}' is not a role; use {string.Join(", ", Words)}.";
            return false;
        }

        var role = (Role)index;
        var scope = parts.Length == 2 ? parts[1] : null;
        problem = (NeedsScope(role), scope) switch
        {
            (true, null or "") => $"'{parts[0]}' needs to say whose, such as {(role == Role.Publisher ? "publisher:F…address" : "member-operator:m1")}.",
            (false, not null) => $"'{parts[0]}' holds everywhere; leave '{scope}' out.",
            (true, { Length: > ScopeMaximum }) => $"The scope is longer than {ScopeMaximum} characters.",
            _ => scope is not null && scope.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) ? $"The scope '{scope}' holds characters that no id has." : "",
        };
        grant = new Grant(role, scope);
        return problem.Length == 0;
    }

    /// <summary>True for the roles that are somebody's.</summary>
    public static bool NeedsScope(Role role) => role is Role.Publisher or Role.MemberOperator;

    /// <summary>As it is written.</summary>
    public override string ToString() => Scope is null ? Words[(int)Role] : $"{Words[(int)Role]}:{Scope}";
}
