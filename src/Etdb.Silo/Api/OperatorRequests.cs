namespace Etdb.Silo.Api;

/// <summary>What every act of an operator bears: who, and why. Both are kept in the evidence log for ever.</summary>
public abstract record OperatorRequest(string? Author, string? Reason)
{
    /// <summary>Longest author.</summary>
    public const int AuthorMaximum = 100;

    /// <summary>Longest reason.</summary>
    public const int ReasonMaximum = 500;

    /// <summary>What is missing or too long, and which field; null when both can be used.</summary>
    internal (string Field, string Text)? Problem()
        => Check("author", Author, AuthorMaximum, "say who does this") ?? Check("reason", Reason, ReasonMaximum, "say why, for those who read the log later");

    private static (string Field, string Text)? Check(string field, string? value, int most, string advice)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return (field, $"It is empty; {advice}.");
        }

        return value.Length > most || value.Any(char.IsControl) ? (field, $"It must be one line of at most {most} characters.") : null;
    }
}

/// <summary>Begins or takes back a drain.</summary>
public sealed record DrainRequest(string? Author, string? Reason, bool Undo = false) : OperatorRequest(Author, Reason);

/// <summary>Announces maintenance until a time; null ends it now.</summary>
public sealed record MaintenanceRequest(string? Author, string? Reason, DateTimeOffset? Until) : OperatorRequest(Author, Reason);

/// <summary>Asks for a full check; of a node's datasets, of those after that id.</summary>
public sealed record AuditRequest(string? Author, string? Reason, string? After = null) : OperatorRequest(Author, Reason);

/// <summary>An override for one dataset: <c>pause|resume|force|exclude|include</c>; the last two name a node.</summary>
public sealed record ActRequest(string? Author, string? Reason, string? Kind, string? Node) : OperatorRequest(Author, Reason);

/// <summary>Sets or lets go the operators' brake.</summary>
public sealed record BrakeRequest(string? Author, string? Reason, bool On) : OperatorRequest(Author, Reason);

/// <summary>Changes where a member stands: <c>active|draining|left</c>.</summary>
public sealed record StandingRequest(string? Author, string? Reason, string? Standing) : OperatorRequest(Author, Reason);

/// <summary>What was done, in a sentence, and when.</summary>
public sealed record DoneView(DateTimeOffset At, string Text);

/// <summary>A check that was asked for: when, and of which datasets; <c>next</c> is the <c>after</c> to go on with, null when these were all.</summary>
public sealed record AuditView(DateTimeOffset At, IReadOnlyList<string> Datasets, string? Next);
