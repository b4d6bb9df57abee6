using System.Data.Common;
using System.Text;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Catalogue;

/// <summary>The few places where catalogue questions are put differently to the two databases.</summary>
internal abstract class CatalogueDialect
{
    /// <summary>
    /// Datasets a search looks at: of more matches the latest to come in. Sorting a word that a third of a million datasets have would take a second.
    /// </summary>
    public const int MostFound = 1_000;

    /// <summary>Words of a question that are looked at.</summary>
    protected const int MostWords = 16;

    /// <summary>ASCII letters and digits from which a word is completed.</summary>
    private const int ShortestPrefix = 3;

    /// <summary>SQLite: FTS5, titles compared without regard to ASCII case.</summary>
    public static CatalogueDialect Sqlite { get; } = new SqliteDialect();

    /// <summary>An expression by which titles are ordered.</summary>
    public abstract string TitleOrder(string expression);

    /// <summary>
    /// What follows <c>from</c> to have as <c>d</c> the datasets with the words of parameter <c>@text</c>, at most so many of them: with <c>id</c> and all that lists are
    /// sorted and narrowed by. Of more, SQLite has the latest to come in; PostgreSQL, whose word index knows no order, those it meets first.
    /// </summary>
    public abstract string Found(int most);

    /// <summary>What follows <c>from</c> to have as <c>d</c> the datasets a question for ids gives, and no other row read.</summary>
    public abstract string Of(string ids);

    /// <summary>As <see cref="Of"/>, but only what lists are sorted and narrowed by.</summary>
    public virtual string Short(string ids) => Of(ids);

    /// <summary>What facets are counted from, of the datasets <c>d</c> that were found.</summary>
    public virtual string FacetColumns => "d.id, d.state, d.publisher, d.species";

    /// <summary>How many of <c>f</c>, the datasets that were found, each member has.</summary>
    public virtual string MemberFacets => "select 'member', r.member, count(distinct r.dataset) from f join replica r on r.dataset = f.id group by r.member";

    /// <summary>What a user typed as the database's word query; every word is a prefix and no character is syntax. Null when there is no word in it.</summary>
    public abstract Task<string?> WordQueryAsync(DbConnection connection, string? text, CancellationToken ct);

    /// <summary>
    /// How many datasets have the words of <c>@text</c>, without looking at anything else, counted up to one more than <see cref="MostFound"/>. Null where looking into the word index
    /// is most of what a search costs: there a page and its totals come from one statement.
    /// </summary>
    public abstract string? FoundCount { get; }

    /// <summary>State, healthy, retrievable, datasets, an example, bytes, risk: a row for each combination there is.</summary>
    public string Matrix => $"""
        select state, healthy, retrievable, datasets, coalesce(({Example}), ''), bytes, {Larger("risk", "0.0")} from dataset_count c where datasets > 0
        """;

    /// <summary>The first dataset of cell <c>c</c> of the matrix, by the index of cells.</summary>
    protected virtual string Example => "select id from dataset d where d.state = c.state and d.healthy = c.healthy and d.retrievable = c.retrievable order by d.id limit 1";

    /// <summary>State, hour of the last proof (since 1970; -1 for none), replicas, bytes.</summary>
    public static string ReplicaAges => "select state, hour, replicas, bytes from replica_age where replicas > 0";

    /// <summary>Node, state, replicas.</summary>
    public static string NodeCounts => "select node, state, cast(sum(replicas) as bigint) from replica_count where replicas > 0 group by node, state";

    /// <summary>How many datasets have a row on node <c>@node</c>, without counting rows.</summary>
    public static string NodeDatasetCount => "select coalesce(sum(replicas), 0) from replica_count where node = @node";

    /// <summary>How many datasets have a row at member <c>@member</c>, without counting rows.</summary>
    public static string MemberDatasetCount => "select coalesce(sum(datasets), 0) from facet_count where kind = 'member' and value = @member";

    /// <summary>Which value, how many datasets: of every state, publisher, species and member there is, without counting rows.</summary>
    public static string KeptFacets => """
        select 'state' as kind, state as value, cast(sum(datasets) as bigint) as datasets from dataset_count group by state having sum(datasets) > 0
        union all select kind, value, datasets from facet_count where datasets > 0
        """;

    /// <summary>How many datasets there are (of <c>@state</c>, when asked), without counting rows.</summary>
    public static string DatasetCount(bool ofState) => $"select coalesce(sum(datasets), 0) from dataset_count{(ofState ? " where state = @state" : "")}";

    /// <summary>The larger of two numbers.</summary>
    protected abstract string Larger(string one, string other);

    /// <summary>Words to add to <c>from dataset d</c> so that the few rows of an index are read and sorted.</summary>
    public virtual string ByIndex(string index) => "";

    /// <summary>The indexes of publishers and species go on in the order of titles.</summary>
    public virtual bool KeepsTitles => false;

    /// <summary>A column as a condition that is checked on the way along the order, not by its index.</summary>
    public virtual string Unindexed(string column) => column;

    /// <summary>A letter or two that are a word of no other script: very many words begin so.</summary>
    protected static bool IsShort(string word) => word.Length < ShortestPrefix && word.All(char.IsAsciiLetterOrDigit);

    private sealed class SqliteDialect : CatalogueDialect
    {
        protected override string Larger(string one, string other) => $"max({one}, {other})";

        public override string ByIndex(string index) => $" indexed by {index}";

        public override bool KeepsTitles => true;

        public override string Unindexed(string column) => $"+{column}";

        public override string Found(int most) =>
            $"(select rowid as number from dataset_words where dataset_words match @text order by rowid desc limit {most}) w cross join dataset_key d on d.number = w.number";

        public override string Of(string ids) => $"({ids}) w cross join dataset d on d.id = w.id";

        public override string Short(string ids) => $"({ids}) w cross join dataset_text t on t.id = w.id cross join dataset_key d on d.number = t.rowid";

        public override string? FoundCount => $"select count(*) from (select 1 from dataset_words where dataset_words match @text limit {MostFound + 1}) few";

        public override string TitleOrder(string expression) => $"{expression} collate nocase";

        /// <summary>
        /// For a prefix FTS5 merges the lists of all words that begin so, whole, before it gives the first match: with a million datasets that takes a second for a letter and a tenth for
        /// a common word. So a word that already stands for more datasets than a search looks at is not completed, and neither is a letter or two that are a word of no other script.
        /// </summary>
        public override async Task<string?> WordQueryAsync(DbConnection connection, string? text, CancellationToken ct)
        {
            var query = new List<string>();
            foreach (var word in (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(MostWords))
            {
                var whole = $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
                query.Add(IsShort(word) || await IsCommonAsync(connection, whole, ct).ConfigureAwait(false) ? whole : whole + "*");
            }

            return query.Count == 0 ? null : string.Join(' ', query);
        }

        private static async Task<bool> IsCommonAsync(DbConnection connection, string word, CancellationToken ct) => (long)(await connection.ScalarAsync(
            $"select count(*) from (select 1 from dataset_words where dataset_words match @word limit {MostFound}) few", [("@word", word)], ct).ConfigureAwait(false))! == MostFound;
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
