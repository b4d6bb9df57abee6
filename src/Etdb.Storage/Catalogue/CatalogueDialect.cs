using System.Text;

namespace Etdb.Storage.Catalogue;

/// <summary>The few places where catalogue questions are put differently to the two databases.</summary>
internal abstract class CatalogueDialect
{
    private const int MostWords = 16;

    /// <summary>SQLite: FTS5, titles compared without regard to ASCII case.</summary>
    public static CatalogueDialect Sqlite { get; } = new SqliteDialect();

    /// <summary>PostgreSQL: word vectors, titles compared in the same order as SQLite does.</summary>
    public static CatalogueDialect Postgres { get; } = new PostgresDialect();

    /// <summary>An expression by which titles are ordered.</summary>
    public abstract string TitleOrder(string expression);

    /// <summary>The condition that dataset <c>d</c> has the words of parameter <c>@text</c>.</summary>
    public abstract string HasWords { get; }

    /// <summary>What a user typed as the database's word query; every word is a prefix and no character is syntax. Null when there is no word in it.</summary>
    public abstract string? WordQuery(string? text);

    private sealed class SqliteDialect : CatalogueDialect
    {
        public override string HasWords => "d.id in (select t.id from dataset_words w join dataset_text t on t.rowid = w.rowid where dataset_words match @text)";

        public override string TitleOrder(string expression) => $"{expression} collate nocase";

        public override string? WordQuery(string? text)
        {
            var words = (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(MostWords).Select(w => $"\"{w.Replace("\"", "\"\"", StringComparison.Ordinal)}\"*").ToList();
            return words.Count == 0 ? null : string.Join(' ', words);
        }
    }

    private sealed class PostgresDialect : CatalogueDialect
    {
        public override string HasWords => "d.id in (select t.id from dataset_text t where t.words @@ etdb_fold(@text)::tsquery)";

        public override string TitleOrder(string expression) => $"lower({expression} collate \"C\")";

        public override string? WordQuery(string? text)
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                return null;
            }

            var words = SearchWords.Of(text).Take(MostWords).Select(w => $"'{w}':*").ToList();
            // Signs alone are a question too: it has no answer.
            return words.Count == 0 ? "'" + SearchWords.NoWord + "'" : string.Join(" & ", words);
        }
    }
}

/// <summary>Cuts text into the words PostgreSQL is given to search by: runs of letters and digits, in lower case. Accents are taken off by the database.</summary>
internal static class SearchWords
{
    /// <summary>Occurs in no text: it is longer than any word.</summary>
    public static readonly string NoWord = new('0', MostCharacters + 1);

    private const int MostCharacters = 64;

    /// <summary>The words of <paramref name="text"/>, each once, at most 64 characters of each.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Append(new Rune(' ')))
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) == System.Globalization.UnicodeCategory.NonSpacingMark)
            {
                if (word.Length < MostCharacters - 1)
                {
                    word.Append(Rune.ToLowerInvariant(rune));
                }
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        return words;
    }
}
