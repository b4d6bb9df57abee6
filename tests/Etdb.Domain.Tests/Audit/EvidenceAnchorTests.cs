using Etdb.Domain.Audit;
using FsCheck;
using FsCheck.Fluent;

namespace Etdb.Domain.Tests.Audit;

/// <summary>The line of a day's root: what is written is read again, anything else is nothing, and no other log than the anchored one matches it.</summary>
public sealed class EvidenceAnchorTests
{
    private static readonly DateOnly Day = new(2026, 5, 17);

    [Fact]
    public void What_is_written_is_read_and_matches_also_when_the_day_went_on()
        => Prop.ForAll(
            Gen.Choose(1, 40).ToArbitrary(), Gen.Choose(0, 5).ToArbitrary(),
            (count, more) =>
            {
                var entries = Log(count + more, "passed");
                var root = EvidenceChain.Day(Day, entries.Take(count).ToList());
                var read = EvidenceAnchor.Read(EvidenceAnchor.Write(root));
                return read == root && EvidenceAnchor.Write(root).Length <= EvidenceAnchor.LengthMaximum && EvidenceAnchor.Problem(root, Hashes(entries)) is null;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_log_with_any_entry_changed_or_gone_does_not_match()
        => Prop.ForAll(
            Gen.Choose(2, 40).ToArbitrary(), Gen.Choose(0, 1_000).ToArbitrary(),
            (count, at) =>
            {
                var entries = Log(count, "passed");
                var root = EvidenceChain.Day(Day, entries);
                var changed = Hashes(entries);
                changed[at % count] = (changed[at % count].Sequence, new string('e', 64));
                var gone = Hashes(entries);
                gone.RemoveAt(at % count);
                return EvidenceAnchor.Problem(root, changed) is not null && EvidenceAnchor.Problem(root, gone) is not null && EvidenceAnchor.Problem(root, Hashes(Log(count, "missing"))) is not null
                    && EvidenceAnchor.Problem(root, []) is not null;
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("etdb-evidence:1")]
    [InlineData("etdb-evidence:2:2026-05-17:1:3:00:00")]
    [InlineData("etdb-evidence:1:2026-13-17:1:3:0000000000000000000000000000000000000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("etdb-evidence:1:2026-05-17:0:3:0000000000000000000000000000000000000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("etdb-evidence:1:2026-05-17:1:-3:0000000000000000000000000000000000000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("etdb-evidence:1:2026-05-17:1:3:000000000000000000000000000000000000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000")]
    public void Any_other_line_is_nothing(string line) => Assert.Null(EvidenceAnchor.Read(line));

    private static List<EvidenceEntry> Log(int count, string outcome)
    {
        var (head, entries) = (EvidenceChain.Empty, new List<EvidenceEntry>());
        for (var i = 0; i < count; i++)
        {
            var at = new DateTimeOffset(Day, new TimeOnly(0, i), TimeSpan.Zero);
            entries.Add(EvidenceChain.Append(head, new EvidenceDraft(at, EvidenceKind.Audit, $"d{i}", "n1", outcome, 2, 30, "cluster", "{}")));
            head = EvidenceChain.HeadOf(entries[^1]);
        }

        return entries;
    }

    private static List<(long Sequence, string Hash)> Hashes(List<EvidenceEntry> entries) => [.. entries.Select(e => (e.Sequence, e.Hash))];
}
