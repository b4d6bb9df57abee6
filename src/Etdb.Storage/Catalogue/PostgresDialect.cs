using System.Collections.Concurrent;
using System.Data.Common;
using Etdb.Storage.Sql;

namespace Etdb.Storage.Catalogue;

/// <summary>
/// PostgreSQL: word vectors, titles compared in the same order as SQLite does. Made once for a database, since it remembers which words are common.
/// </summary>
internal sealed class PostgresDialect(TimeProvider time) : CatalogueDialect
{
    private const int MostRemembered = 4_096;
    private const string Keys = "t.id, t.title, t.publisher, t.species, t.state, t.updated_at, t.risk, t.bytes, t.members";
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, (bool IsCommon, long At)> _common = new(StringComparer.Ordinal);

    public override string? FoundCount => null;

    public override string FacetColumns => "d.state, d.publisher, d.species, d.members";

    public override string MemberFacets => "select 'member', m.member, count(*) from f cross join unnest(f.members) m(member) group by m.member";

    // Asked for by equality PostgreSQL walks all ids until one is of the cell: for a cell with one dataset that is all of them.
    protected override string Example => """
        select case when e.state = c.state and e.healthy = c.healthy and e.retrievable = c.retrievable then e.id end from (
          select d.id, d.state, d.healthy, d.retrievable from dataset d
          where (d.state, d.healthy, d.retrievable, d.id) >= (c.state collate "default", c.healthy, c.retrievable, '') order by d.state, d.healthy, d.retrievable, d.id limit 1) e
        """;

    public override string Found(int most) => $"(select {Keys} from dataset_text t where t.words @@ etdb_fold(@text)::tsquery limit {most}) d";

    public override string Of(string ids) => $"({ids}) w join dataset d on d.id = w.id";

    public override string Short(string ids) => $"(select {Keys} from ({ids}) w join dataset_text t on t.id = w.id) d";

    public override string TitleOrder(string expression) => $"lower({expression} collate \"C\")";

    protected override string Larger(string one, string other) => $"greatest({one}, {other})";

    /// <summary>
    /// A word index is skipped through for whole words; for the beginning of one all that begin so are gathered first, 30 times as long. So common words are not completed, as in SQLite
    /// (ADR 0115, 0124). Which are common is asked once for each word, and again after ten minutes.
    /// </summary>
    public override async Task<string?> WordQueryAsync(DbConnection connection, string? text, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var words = SearchWords.Of(text).Take(MostWords).ToList();
        await LearnAsync(connection, words.Where(w => !IsShort(w) && !IsRemembered(w)).ToList(), ct).ConfigureAwait(false);
        // Signs alone are a question too: it has no answer.
        return words.Count == 0 ? $"'{SearchWords.NoWord}'" : string.Join(" & ", words.Select(w => IsShort(w) || (_common.TryGetValue(w, out var known) && known.IsCommon) ? $"'{w}'" : $"'{w}':*"));
    }

    private bool IsRemembered(string word) => _common.TryGetValue(word, out var known) && time.GetElapsedTime(known.At) < Remembered;

    private async Task LearnAsync(DbConnection connection, List<string> words, CancellationToken ct)
    {
        if (words.Count == 0)
        {
            return;
        }

        var counts = words.Select((_, i) => $"(select count(*) from (select 1 from dataset_text t where t.words @@ etdb_fold(@word{i})::tsquery limit {MostFound}) few{i})");
        var found = await connection.QueryAsync(
            $"select array[{string.Join(", ", counts)}]",
            [.. words.Select((w, i) => ($"@word{i}", (object?)$"'{w}'"))],
            r => r.GetFieldValue<long[]>(0),
            ct).ConfigureAwait(false);
        if (_common.Count > MostRemembered)
        {
            _common.Clear();
        }

        for (var i = 0; i < words.Count; i++)
        {
            _common[words[i]] = (found[0][i] >= MostFound, time.GetTimestamp());
        }
    }
}
