using System.Data.Common;
using Etdb.Cli.CommandLine;
using Etdb.Domain.Audit;

namespace Etdb.Cli.Evidence;

/// <summary>One pass over a log of any length: every entry is hashed again. An entry that cannot be read is a broken entry, not a failure of ours.</summary>
internal sealed class EvidenceWalk(EvidenceSource source, Func<EvidenceEntry, bool> matches)
{
    public EvidenceHead Head { get; private set; } = EvidenceChain.Empty;

    public bool Matched { get; private set; }

    public async Task<EvidenceVerdict> VerifyAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var entry in source.ReadAsync(ct))
            {
                var verdict = EvidenceChain.Verify(Head, [entry]);
                if (!verdict.Valid)
                {
                    return verdict with { Checked = Head.Sequence };
                }

                Head = EvidenceChain.HeadOf(entry);
                Matched |= matches(entry);
                if (source.Promised is { } promised && promised.Sequence == Head.Sequence && promised.Hash != Head.Hash)
                {
                    return Broken(Head.Sequence, $"It has the hash {Head.Hash}; the source says that its entry {Head.Sequence} has {promised.Hash}.");
                }
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidCastException)
        {
            return Broken(Head.Sequence + 1, $"It cannot be read: {e.Message}");
        }
        catch (DbException e)
        {
            throw new CliException($"'{source.Name}' cannot be read as an evidence log: {e.Message}", e);
        }

        return source.Promised is { } head && Head.Sequence < head.Sequence
            ? Broken(Head.Sequence + 1, $"The log ends with entry {head.Sequence}, as the source says itself; it gave no more than {Head.Sequence}: the rest was left out.")
            : new EvidenceVerdict(Valid: true, Head.Sequence, null, null);
    }

    private EvidenceVerdict Broken(long at, string problem) => new(Valid: false, Head.Sequence, at, problem);
}
