using System.Collections.Immutable;

namespace Etdb.Ledger.Searching;

/// <summary>How a clause counts among its siblings.</summary>
internal enum Occur
{
    /// <summary>One of these is enough where nothing must match.</summary>
    May = 0,

    /// <summary>Has to match.</summary>
    Must = 1,

    /// <summary>May not match.</summary>
    MustNot = 2,
}

/// <summary>One clause and how it counts.</summary>
internal sealed record QueryClause(Occur Occur, QueryNode Node);

/// <summary>A parsed query. The cases are closed; a field of null means any field.</summary>
internal abstract record QueryNode;

/// <summary><c>*</c> and <c>*:*</c>.</summary>
internal sealed record EverythingNode : QueryNode;

/// <summary>A query that says nothing, which finds nothing.</summary>
internal sealed record NothingNode : QueryNode;

/// <summary>Words that follow each other in one value; <paramref name="Text"/> is what was written, for numbers and exact fields.</summary>
internal sealed record WordsNode(string? Field, ImmutableArray<string> Words, string Text) : QueryNode;

/// <summary>A pattern with <c>*</c> (any characters) and <c>?</c> (one character); a backslash before either takes it as it stands.</summary>
internal sealed record PatternNode(string? Field, string Pattern) : QueryNode;

/// <summary>Values between two bounds; null is open.</summary>
internal sealed record RangeNode(string? Field, string? From, bool WithFrom, string? To, bool WithTo) : QueryNode;

/// <summary><c>_exists_:field</c> and <c>field:*</c>: the field has a value.</summary>
internal sealed record ExistsNode(string Field) : QueryNode;

/// <summary>Clauses together: all that must, none that may not, and one of the others when none must.</summary>
internal sealed record ClausesNode(ImmutableArray<QueryClause> Clauses) : QueryNode;
