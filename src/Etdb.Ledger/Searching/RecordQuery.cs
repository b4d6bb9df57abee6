using System.Globalization;
using System.Text.Json;

namespace Etdb.Ledger.Searching;

/// <summary>
/// A search over JSON documents in the language oipd's clients speak: words, <c>"phrases"</c>, <c>field:value</c>, <c>field:(a OR b)</c>, ranges (<c>[1 TO 5}</c>,
/// <c>&gt;=5</c>), <c>AND</c>, <c>OR</c>, <c>NOT</c>, <c>+</c>, <c>-</c>, brackets, <c>*</c> and <c>?</c>, <c>_exists_:field</c>. Fields are paths as in <c>artifact.details.speciesName</c>;
/// <c>.keyword</c> behind one compares its whole value. Immutable; matching never throws and is bounded by the document.
/// </summary>
public sealed class RecordQuery
{
    /// <summary>Longest query.</summary>
    public const int MaxChars = 4096;

    /// <summary>Most clauses of a query.</summary>
    public const int MaxClauses = 256;

    /// <summary>Deepest nesting of brackets.</summary>
    public const int MaxDepth = 32;

    /// <summary>Most stars in one pattern.</summary>
    public const int MaxStars = 16;

    private const string Exact = ".keyword";
    private readonly QueryNode _root;

    private RecordQuery(QueryNode root) => _root = root;

    /// <summary>Reads a query; an empty one finds nothing.</summary>
    /// <exception cref="FormatException">It cannot be read, or asks for what is not supported; the message says what.</exception>
    public static RecordQuery Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new RecordQuery(QueryParser.Parse(text));
    }

    /// <summary>True when the document is one of those the query describes.</summary>
    public bool Matches(JsonElement document) => Matches(_root, new QueryDocument(document));

    /// <summary>The values at a path as text (all values for null), lists opened up, in the order of the document or not.</summary>
    public static IEnumerable<string> Values(JsonElement document, string? path)
    {
        var values = new List<string>();
        new QueryDocument(document).Any(path, value =>
        {
            if (Text(value) is { } text)
            {
                values.Add(text);
            }

            return false;
        });
        return values;
    }

    // As deep as brackets were, which is limited.
    private static bool Matches(QueryNode node, QueryDocument document) => node switch
    {
        EverythingNode => true,
        WordsNode n => n.Field?.EndsWith(Exact, StringComparison.Ordinal) == true
            ? document.Any(n.Field[..^Exact.Length], v => Text(v) == n.Text)
            : document.Any(n.Field, v => HasWords(v, n)),
        PatternNode n => document.Any(n.Field, v => Text(v) is { } text && Words.Fits(text, n.Pattern)),
        RangeNode n => document.Any(n.Field, v => IsWithin(v, n)),
        ExistsNode n => document.Exists(n.Field),
        ClausesNode n => Matches(n, document),
        _ => false,
    };

    private static bool Matches(ClausesNode node, QueryDocument document)
    {
        var (must, may, found) = (false, false, false);
        foreach (var clause in node.Clauses)
        {
            var matches = (clause.Occur != Occur.May || !found) && Matches(clause.Node, document);
            switch (clause.Occur)
            {
                case Occur.Must when !matches:
                case Occur.MustNot when matches:
                    return false;
                case Occur.Must:
                    must = true;
                    break;
                case Occur.May:
                    (may, found) = (true, found || matches);
                    break;
            }
        }

        // What only says what may not be finds all the rest.
        return found || must || !may;
    }

    private static bool HasWords(JsonElement value, WordsNode node) => value.ValueKind switch
    {
        JsonValueKind.String => Words.Contains(value.GetString()!, node.Words),
        JsonValueKind.Number => Number(value) is { } number && Number(node.Text) == number,
        JsonValueKind.True => node.Text.Equals("true", StringComparison.OrdinalIgnoreCase),
        JsonValueKind.False => node.Text.Equals("false", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static bool IsWithin(JsonElement value, RangeNode range)
    {
        var text = Text(value);
        var number = Number(value);
        return text is not null
            && (range.From is not { } from || Compare(text, number, from) is { } low && (low > 0 || (low == 0 && range.WithFrom)))
            && (range.To is not { } to || Compare(text, number, to) is { } high && (high < 0 || (high == 0 && range.WithTo)));
    }

    /// <summary>Numbers by their size, texts by their letters; null for a number against a text.</summary>
    private static int? Compare(string text, double? number, string bound) => (number, Number(bound)) switch
    {
        ({ } a, { } b) => a.CompareTo(b),
        (null, _) => string.Compare(text, bound, StringComparison.OrdinalIgnoreCase),
        _ => null,
    };

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetDouble(out var number) ? number : null,
        JsonValueKind.String => Number(value.GetString()!),
        _ => null,
    };

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
