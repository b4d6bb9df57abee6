using Etdb.Cli.CommandLine;
using Etdb.Domain.Audit;
using Etdb.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Etdb.Cli.Evidence;

/// <summary>One pass over a log of any length. A row that cannot be read is a broken entry, not a failure of ours.</summary>
internal sealed class EvidenceWalk(string path, Func<EvidenceEntry, bool> matches)
{
    /// <summary>The file meant: itself, or the one of a data folder (a demo keeps its silo's files one folder deeper).</summary>
    public static string Find(string? file, string? data)
    {
        if (file is null == data is null)
        {
            throw new CliException("name either the file or a data folder (--data).");
        }

        string[] candidates = file is not null ? [file] : [Path.Combine(data!, SqliteEvidenceLog.FileName), Path.Combine(data!, "silo", SqliteEvidenceLog.FileName)];
        return candidates.FirstOrDefault(File.Exists) ?? throw new CliException($"there is no evidence log at '{candidates[0]}'; name the file, or with --data the folder of a silo.");
    }

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
