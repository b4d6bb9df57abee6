using System.Globalization;
using System.Text;
using System.Text.Json;
using Etdb.Ledger.Searching;

namespace Etdb.Ledger.Tests.Searching;

/// <summary>Random queries against a model of what each of their parts says, and random texts against the reader.</summary>
public sealed class RecordQueryPropertyTests
{
    private static readonly int Scale = int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), CultureInfo.InvariantCulture, out var scale) ? scale : 1;
    private static readonly string[] Vocabulary = ["alpha", "Beta", "gamma", "delta9", "épsilon"];
    private static readonly string[] Fragments =
    [
        "a", "AND", "OR", "NOT", "(", ")", "\"", "[", "]", "{", "}", "TO", ":", "f:", "*", "?", "\\", "+", "-", "!", "&&", "||", "~", "^2",
        "/", " ", ">", "<=", "now", "_exists_:", "\ud800", "é", "𝛼", "\0", "1e308", ".keyword",
    ];

    [Fact]
    public void Queries_find_what_their_parts_say()
    {
        for (var seed = 0; seed < 4000 * Scale; seed++)
        {
            var random = new Random(seed);
            var (number, words) = (random.Next(-20, 20), Vocabulary.Where(_ => random.Next(2) == 0).ToHashSet(StringComparer.OrdinalIgnoreCase));
            var document = JsonSerializer.SerializeToElement(new { artifact = new { details = new { n = number, text = string.Join(", ", words) } } });
            var (query, expected) = Clauses(random, number, words, 3);
            Assert.True(RecordQuery.Parse(query).Matches(document) == expected, $"seed {seed}: {query} in {document}");
        }
    }

    /// <summary>A list of clauses with + and -, written with their brackets, and whether it should find the document.</summary>
    private static (string Text, bool Expected) Clauses(Random random, int number, HashSet<string> words, int depth)
    {
        var text = new StringBuilder();
        var (must, may, mustNot, anyMay, anyMust) = (true, false, false, false, false);
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var (part, matches) = depth > 0 && random.Next(3) == 0 ? Nested(random, number, words, depth - 1) : Leaf(random, number, words);
            switch (random.Next(4))
            {
                case 0:
                    text.Append(random.Next(2) == 0 ? "+" : " + ").Append(part).Append(' ');
                    (must, anyMust) = (must && matches, true);
                    break;
                case 1:
                    text.Append(random.Next(3) switch { 0 => "-", 1 => "NOT ", _ => "!" }).Append(part).Append(' ');
                    mustNot |= matches;
                    break;
                default:
                    text.Append(part).Append(' ');
                    (may, anyMay) = (may || matches, true);
                    break;
            }
        }

        return (text.ToString(), must && !mustNot && (may || anyMust || !anyMay));
    }

    private static (string, bool) Nested(Random random, int number, HashSet<string> words, int depth)
    {
        var (text, expected) = Clauses(random, number, words, depth);
        return ($"({text})", expected);
    }

    private static (string, bool) Leaf(Random random, int number, HashSet<string> words)
    {
        var word = Vocabulary[random.Next(Vocabulary.Length)];
        var (low, high) = (random.Next(-20, 20), random.Next(-20, 20));
        var has = words.Contains(word);
        return random.Next(9) switch
        {
            0 => (word.ToUpperInvariant(), has),
            1 => ($"artifact.details.text:{word}", has),
            2 => ($"\"{word}\"", has),
            3 => ($"artifact.details.text:{word[..3]}*", has),
            4 => ($"?{word[1..]}", has),
            5 => ($"artifact.details.n:[{low} TO {high}]", number >= low && number <= high),
            6 => ($"artifact.details.n:{{{low} TO {high}}}", number > low && number < high),
            7 => ($"artifact.details.n:>={low}", number >= low),
            _ => ($"artifact.details.n:\"{low}\"", number == low),
        };
    }

    [Fact]
    public void No_text_does_more_than_be_refused()
    {
        var document = JsonSerializer.SerializeToElement(new { f = new object[] { "a b", 1, null!, true, new { g = "c" } }, keyword = "x" });
        var understood = 0;
        for (var seed = 0; seed < 100_000 * Scale; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Fragments[random.Next(Fragments.Length)]));
            try
            {
                RecordQuery.Parse(text).Matches(document);
                understood++;
            }
            catch (FormatException)
            {
                // Refused with a reason.
            }
        }

        Assert.InRange(understood, 1000, int.MaxValue);
    }

    [Fact]
    public void Patterns_that_make_others_hang_end_at_once()
    {
        var document = JsonSerializer.SerializeToElement(new { text = new string('a', 100_000) });
        Assert.False(RecordQuery.Parse(string.Concat(Enumerable.Repeat("*a", RecordQuery.MaxStars - 1)) + "b").Matches(document));
        Assert.True(RecordQuery.Parse(string.Concat(Enumerable.Repeat("*a", RecordQuery.MaxStars)) + "*"[..0]).Matches(document));
    }
}
