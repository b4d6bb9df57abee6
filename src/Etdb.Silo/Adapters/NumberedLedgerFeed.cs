using Etdb.Grains.Ports;
using Etdb.Ledger.Indexing;

namespace Etdb.Silo.Adapters;

/// <summary>
/// The events of this silo's own index by numbers that never go back. Grains remember the last number they have heard; an index that was made anew, came back from an older backup,
/// or is missing after an import would give these numbers to other events, and the grains would take news for old. Such an index is first brought to the tip; then it tells what holds,
/// by numbers above all that was heard, and from there on its news. Hearing again what holds changes nothing.
/// </summary>
public sealed class NumberedLedgerFeed(ILedgerFeed local, ILedgerLog log) : ILedgerFeed, IDisposable
{
    private const int Page = ILedgerFeed.EventsMaximum;
    private readonly SemaphoreSlim _turn = new(1);
    private LogNumbering? _numbers;
    private IReadOnlySet<long>? _lastWords;

    /// <inheritdoc/>
    public async Task ResumeAsync(long heard, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var (noted, next) = (log.Numbering, Numbering(log.Numbering, log.LastSequence, heard));
            if (next != noted)
            {
                log.Numbering = next;
            }

            (_numbers, _lastWords) = (next, null);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<LedgerBatch> ReadAsync(long sequence, int limit, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_numbers is not { } numbers)
            {
                // Not even the index goes on before it is known which of its events are news.
                return new LedgerBatch([], 0, "", 0, null, 0, 0, "The cluster has not taken up the ledger yet.");
            }

            if (numbers.RetoldTo is not { } retoldTo)
            {
                var tip = await local.ReadAsync(0, 1, cancellationToken);
                if (Behind(tip) is { } problem)
                {
                    return tip with { Events = [], Problem = problem };
                }

                retoldTo = log.LastSequence;
                log.Numbering = _numbers = numbers with { RetoldTo = retoldTo };
            }

            var after = Math.Max(0, sequence - numbers.Offset);
            var batch = after < retoldTo ? await RetellAsync(after, retoldTo, limit, cancellationToken) : await local.ReadAsync(after, limit, cancellationToken);
            return batch with { Events = [.. batch.Events.Select(e => e with { Sequence = e.Sequence + numbers.Offset })] };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>How to go on with an index whose last entry is <paramref name="last"/>, numbered as <paramref name="noted"/> says, when grains have heard up to <paramref name="heard"/>.</summary>
    internal static LogNumbering Numbering(LogNumbering? noted, long last, long heard) => noted switch
    {
        null when heard == 0 => new LogNumbering(0, 0), // A new cluster.
        { } known when known.Offset + last >= heard => known,
        _ => new LogNumbering(heard, null),
    };

    /// <summary>An index that is still reading old blocks would tell old versions of records as what holds.</summary>
    private static string? Behind(LedgerBatch tip) => tip.NodeHeight is not { } node
        ? $"The ledger index is not the one the cluster has followed, and the FLO node does not answer: nothing is heard until it does. {tip.Problem}".TrimEnd()
        : tip.Height < node ? $"The ledger index is made again: block {tip.Height} of {node}; news is heard after that." : null;

    private async Task<LedgerBatch> RetellAsync(long after, long retoldTo, int limit, CancellationToken ct)
    {
        _lastWords ??= log.LastWords(retoldTo);
        var told = new List<LedgerEvent>();
        LedgerBatch batch;
        do
        {
            batch = await local.ReadAsync(after, Page, ct);
            told.AddRange(batch.Events.Where(e => e.Sequence > retoldTo || _lastWords.Contains(e.Sequence)).Take(limit - told.Count));
            after = batch.Events.Count == 0 ? after : batch.Events[^1].Sequence;
        }
        while (told.Count < limit && batch.Events.Count == Page);
        return batch with { Events = told };
    }
}
