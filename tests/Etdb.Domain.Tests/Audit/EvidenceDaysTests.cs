using Etdb.Domain.Audit;

namespace Etdb.Domain.Tests.Audit;

/// <summary>Aim: the roots of one pass are those of each day's whole list. Method: logs of any length whose times jump between days.</summary>
public sealed class EvidenceDaysTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 23, 30, 0, TimeSpan.Zero);

    [Fact]
    public void Roots_are_those_of_each_days_entries() => Scenario.ForAll(s =>
    {
        var days = new EvidenceDays();
        var entries = new List<EvidenceEntry>();
        var head = EvidenceChain.Empty;
        for (var i = s.Random.Next(0, 140); i >= 0; i--)
        {
            var entry = EvidenceChain.Append(head, new EvidenceDraft(Start.AddMinutes(s.Random.Next(0, 60 * 24 * 3)), EvidenceKind.Audit, $"d{i}", "n", "passed", 1, i, "cluster", "{}"));
            head = EvidenceChain.HeadOf(entry);
            entries.Add(entry);
            days.Add(entry);
        }

        var byDay = entries.GroupBy(e => DateOnly.FromDateTime(e.Draft.At.UtcDateTime)).OrderBy(g => g.Key).Select(g => EvidenceChain.Day(g.Key, [.. g])).ToList();
        Assert.Equal(byDay, days.Roots());
        Assert.All(byDay, d => Assert.Equal(d, days.Of(d.Day)));
        Assert.Null(days.Of(new DateOnly(1999, 12, 31)));
    }, runs: 200);
}
