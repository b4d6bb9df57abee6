using System.CommandLine;
using System.Globalization;
using Etdb.Cli.CommandLine;
using Etdb.Domain.Audit;
using Etdb.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Etdb.Cli.Evidence;

/// <summary><c>etdb evidence verify|root</c>: checks the log of audits, changes and overrides on disk. Needs no silo; a running one is not disturbed.</summary>
internal static class EvidenceCommands
{
    private const string DayFormat = "yyyy-MM-dd";
    private static readonly Argument<string?> FileArgument = new("FILE") { Description = "The log (evidence.db).", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Data = new("--data") { Description = "Data folder of a silo or demo, instead of the file." };
    private static readonly Option<string?> Head = new("--head") { Description = "A hash noted earlier: it must occur in the log, so that nothing up to it was cut off." };
    private static readonly Option<string> Day = new("--day") { Description = "The day, UTC, as YYYY-MM-DD.", Required = true };

    public static Command Build() => new("evidence", "Check the evidence log: every audit, change and override, chained by hashes.") { Verify(), Root() };

    private static Command Verify() => new Command("verify", "Hash every entry again and follow the chain from the first to the last. Exit 1 when it is broken.") { FileArgument, Data, Head }
        .WithExamples("etdb evidence verify --data /srv/etdb", "etdb evidence verify evidence.db --head 5f0c…")
        .Does(VerifyAsync);

    private static Command Root()
        => new Command("root", "Print the Merkle root of one day's entries, to be noted elsewhere. Exit 1 when the day has none or the chain is broken.") { FileArgument, Data, Day }
        .WithExamples("etdb evidence root --day 2026-11-22 --data /srv/etdb")
        .Does(RootAsync);

    private static async Task<int> VerifyAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var path = Find(result);
        var noted = result.GetValue(Head)?.Trim().ToLowerInvariant();
        var log = new Walk(path, entry => entry.Hash == noted);
        var verdict = await log.VerifyAsync(ct);
        var headFound = noted is null || log.Matched;
        var problem = verdict.Problem ?? (headFound ? null : "The noted head is not in the log.");
        output.Write(
            new { file = path, valid = verdict.Valid && headFound, entries = verdict.Checked, brokenAt = verdict.BrokenAt, problem, head = log.Head },
            text =>
            {
                text.WriteLine($"{verdict.Checked} entries checked, the last with hash {log.Head.Hash}.");
                text.WriteLine(verdict.Valid ? "Every entry hashes to what it says and follows the one before." : $"BROKEN at entry {verdict.BrokenAt}: {verdict.Problem}");
                if (!headFound)
                {
                    text.WriteLine($"BROKEN: no entry has the hash {noted}: entries were cut off, or it is not this log.");
                }
            });
        return verdict.Valid && headFound ? CliExit.Done : CliExit.No;
    }

    private static async Task<int> RootAsync(ParseResult result, CliOutput output, CancellationToken ct)
    {
        var given = result.GetValue(Day)!;
        if (!DateOnly.TryParseExact(given, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            throw new CliException($"'{given}' is not a day; give one like 2026-11-22 with --day.");
        }

        var path = Find(result);
        var entries = new List<EvidenceEntry>();
        var log = new Walk(path, entry =>
        {
            if (DateOnly.FromDateTime(entry.Draft.At.UtcDateTime) == day)
            {
                entries.Add(entry);
            }

            return false;
        });
        var verdict = await log.VerifyAsync(ct);
        if (!verdict.Valid)
        {
            throw new CliException($"the log is broken at entry {verdict.BrokenAt}: {verdict.Problem} No root is given for it.") { ExitCode = CliExit.No };
        }

        if (entries.Count == 0)
        {
            throw new CliException($"the log has no entry of {given}: a day without audits has no root.") { ExitCode = CliExit.No };
        }

        var root = EvidenceChain.Day(day, entries);
        output.Write(
            new { day = given, first = root.First, count = root.Count, root = root.Root, head = root.Head },
            text => text.WriteLine($"{root.Root}  {given}  {root.Count} entries from {root.First}, head {root.Head}"));
        return CliExit.Done;
    }

    /// <summary>The file meant: itself, or the one of a data folder (a demo keeps its silo's files one folder deeper).</summary>
    private static string Find(ParseResult result)
    {
        var (file, data) = (result.GetValue(FileArgument), result.GetValue(Data));
        if (file is null == data is null)
        {
            throw new CliException("name either the file or a data folder (--data).");
        }

        string[] candidates = file is not null ? [file] : [Path.Combine(data!, SqliteEvidenceLog.FileName), Path.Combine(data!, "silo", SqliteEvidenceLog.FileName)];
        return candidates.FirstOrDefault(File.Exists) ?? throw new CliException($"there is no evidence log at '{candidates[0]}'; name the file, or with --data the folder of a silo.");
    }

    /// <summary>One pass over a log of any length. A row that cannot be read is a broken entry, not a failure of ours.</summary>
    private sealed class Walk(string path, Func<EvidenceEntry, bool> matches)
    {
        public EvidenceHead Head { get; private set; } = EvidenceChain.Empty;

        public bool Matched { get; private set; }

        public async Task<EvidenceVerdict> VerifyAsync(CancellationToken ct)
        {
            try
            {
                await foreach (var entry in SqliteEvidenceLog.ReadAsync(path, 0, ct))
                {
                    var verdict = EvidenceChain.Verify(Head, [entry]);
                    if (!verdict.Valid)
                    {
                        return verdict with { Checked = Head.Sequence };
                    }

                    Head = EvidenceChain.HeadOf(entry);
                    Matched |= matches(entry);
                }
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidCastException)
            {
                return new EvidenceVerdict(Valid: false, Head.Sequence, Head.Sequence + 1, $"It cannot be read: {e.Message}");
            }
            catch (SqliteException e)
            {
                throw new CliException($"'{path}' cannot be read as an evidence log: {e.Message}", e);
            }

            return new EvidenceVerdict(Valid: true, Head.Sequence, null, null);
        }
    }
}
