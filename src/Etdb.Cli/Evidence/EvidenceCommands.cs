using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Cli.Remote;
using Etdb.Domain.Audit;

namespace Etdb.Cli.Evidence;

/// <summary>
/// <c>etdb evidence verify|root|anchor</c>: checks the log of audits, changes and overrides, in a file, in PostgreSQL or as a silo's API gives it. Every hash is computed here; a running silo is not
/// disturbed.
/// </summary>
internal static class EvidenceCommands
{
    private const string DayFormat = "yyyy-MM-dd";
    private static readonly Option<string?> Head = new("--head") { Description = "A hash noted earlier: it must occur in the log, so that nothing up to it was cut off." };
    private static readonly Option<string[]?> Anchors = new("--anchor") { Description = "A transaction known to hold a day's root, besides those the log names; may be repeated." };
    private static readonly Option<bool> NoLedger = new("--no-ledger") { Description = "Do not compare with the ledger." };
    private static readonly FloNodeArguments Flo = new();
    private static readonly Option<string> Day = new("--day") { Description = "The day, UTC, as YYYY-MM-DD.", Required = true };

    public static Command Build() => new("evidence", "Check the evidence log: every audit, change and override, chained by hashes.") { Verify(), Root(), EvidenceAnchorCommand.Build() };

    private static Command Verify()
    {
        var command = new Command("verify", "Hash every entry again and follow the chain from the first to the last; with a FLO node, compare days with their roots in the ledger. Exit 1 when something differs.")
        {
            EvidenceSource.File, EvidenceSource.Data, EvidenceSource.Config, Head, Anchors, NoLedger,
        };
        Flo.AddTo(command);
        return command.WithServer()
            .WithExamples(
                "etdb evidence verify --data /srv/etdb",
                "etdb evidence verify --server https://archive.example",
                "etdb evidence verify --config /etc/etdb/silo.json",
                "etdb evidence verify evidence.db --head 5f0c…",
                "etdb evidence verify --data /srv/etdb --flo http://user:password@127.0.0.1:7313",
                "etdb evidence verify --data /srv/etdb --anchor 8b1f… --flo http://user:password@127.0.0.1:7313")
            .Does(VerifyAsync);
    }

    private static Command Root()
        => new Command("root", "Print the Merkle root of one day's entries, to be noted elsewhere. Exit 1 when the day has none or the chain is broken.")
        {
            EvidenceSource.File, EvidenceSource.Data, EvidenceSource.Config, Day,
        }
        .WithServer()
        .WithExamples("etdb evidence root --day 2026-11-22 --data /srv/etdb", "etdb evidence root --day 2026-11-22 --server https://archive.example")
        .Does(RootAsync);

    private static async Task<int> VerifyAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        await using var source = EvidenceSource.Of(result);
        var noted = result.GetValue(Head)?.Trim().ToLowerInvariant();
        var anchors = new AnchorCheck(source, result.GetValue(Anchors) ?? []);
        var days = new EvidenceDays();
        var log = new EvidenceWalk(source, entry =>
        {
            days.Add(entry);
            return anchors.See(entry) | (entry.Hash == noted);
        });
        var verdict = await log.VerifyAsync(ct);
        var headFound = noted is null || log.Matched;
        var inLedger = verdict.Valid && !result.GetValue(NoLedger) ? await anchors.CompareAsync(() => Flo.Read(result), Flo.IsGiven(result), ct) : [];
        var good = verdict.Valid && headFound && inLedger.All(a => a.Problem is null);
        var problem = verdict.Problem ?? (headFound ? inLedger.FirstOrDefault(a => a.Problem is not null)?.Problem : "The noted head is not in the log.");
        output.Write(
            new { file = source.Name, valid = good, entries = verdict.Checked, brokenAt = verdict.BrokenAt, problem, head = log.Head, days = days.Roots().Select(View), anchors = inLedger },
            text =>
            {
                text.WriteLine($"{verdict.Checked} entries of {days.Roots().Count} days checked, the last with hash {log.Head.Hash}.");
                text.WriteLine(verdict.Valid ? "Every entry hashes to what it says and follows the one before." : $"BROKEN at entry {verdict.BrokenAt}: {verdict.Problem}");
                if (!headFound)
                {
                    text.WriteLine($"BROKEN: no entry has the hash {noted}: entries were cut off, or it is not this log.");
                }

                foreach (var anchor in inLedger)
                {
                    text.WriteLine(anchor.Problem is null
                        ? $"{anchor.Day}: {anchor.Count} entries have the root that transaction {anchor.Txid} wrote into the ledger ({anchor.Confirmations} confirmations)."
                        : $"BROKEN {anchor.Day ?? anchor.Txid}: {anchor.Problem}");
                }

                if (inLedger.Count == 0)
                {
                    text.WriteLine(anchors.Known == 0
                        ? "No day's root is known to be in the ledger ('etdb evidence anchor' writes one)."
                        : $"{anchors.Known} days have their root in the ledger; --flo names a FLO node to compare them with.");
                }
            });
        return good ? CliExit.Done : CliExit.No;
    }

    private static async Task<int> RootAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var given = result.GetValue(Day)!;
        if (!DateOnly.TryParseExact(given, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            throw new CliException($"'{given}' is not a day; give one like 2026-11-22 with --day.");
        }

        await using var source = EvidenceSource.Of(result);
        var days = new EvidenceDays();
        var log = new EvidenceWalk(source, entry =>
        {
            days.Add(entry);
            return false;
        });
        var verdict = await log.VerifyAsync(ct);
        if (!verdict.Valid)
        {
            throw new CliException($"the log is broken at entry {verdict.BrokenAt}: {verdict.Problem} No root is given for it.") { ExitCode = CliExit.No };
        }

        var root = days.Of(day) ?? throw new CliException($"the log has no entry of {given}: a day without audits has no root.") { ExitCode = CliExit.No };
        output.Write(View(root), text => text.WriteLine($"{root.Root}  {given}  {root.Count} entries from {root.First}, head {root.Head}"));
        return CliExit.Done;
    }

    private static object View(DailyRoot root) => new { day = root.Day.ToString(DayFormat, CultureInfo.InvariantCulture), first = root.First, count = root.Count, root = root.Root, head = root.Head };
}
