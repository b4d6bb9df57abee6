using Etdb.Ledger.Indexing;
using Etdb.Ledger.Listing;

namespace Etdb.Silo.Api.OldClients;

/// <summary>
/// The records of this silo's ledger index as lists, made anew when the chain went on, but never more often than a tenth of the time: making them costs what sorting all
/// records costs. Searches take turns, one for each core.
/// </summary>
internal sealed class LedgerLists(Func<LedgerIndex> index, Func<int?> nodeHeight, Func<TransactionList> transactions, TimeProvider time) : IDisposable
{
    /// <summary>Share of the time that may be spent on making lists.</summary>
    private const int OneIn = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _making = new(1);
    private readonly SemaphoreSlim _listing = new(1);
    private readonly SemaphoreSlim _searches = new(Environment.ProcessorCount);
    private TransactionList? _transactions; // These two within _listing.
    private IndexTip? _listed;
    private Made? _made; // Written within _making, read by all.

    /// <summary>Height of the FLO node; null while it does not answer.</summary>
    public int? NodeHeight => nodeHeight();

    /// <summary>The lists as of now, or a moment ago.</summary>
    public async Task<RecordList> RecordsAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref _made) is { } made && IsFresh(made))
        {
            return made.Records;
        }

        await _making.WaitAsync(ct);
        try
        {
            if (_made is { } meanwhile && IsFresh(meanwhile))
            {
                return meanwhile.Records;
            }

            var started = time.GetTimestamp();
            var records = RecordList.Of(index());
            Volatile.Write(ref _made, new Made(records, time.GetTimestamp(), time.GetElapsedTime(started)));
            return records;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <summary>Transactions by id and time, read on to the tip of the index.</summary>
    public async Task<TransactionList> TransactionsAsync(CancellationToken ct)
    {
        var tip = index().Tip;
        await _listing.WaitAsync(ct);
        try
        {
            _transactions ??= transactions();
            if (tip != _listed)
            {
                _transactions.CatchUp(ct);
                _listed = tip;
            }

            return _transactions;
        }
        finally
        {
            _listing.Release();
        }
    }

    /// <summary>Time of the last block, Unix seconds.</summary>
    public long TipTime => index().Tip?.Time ?? 0;

    /// <summary>Takes a page; null when too many are searching.</summary>
    public async Task<ListPage?> TakeAsync(Func<ListRequest, CancellationToken, ListPage> take, ListRequest request, CancellationToken ct)
        => request.IsSearch ? await SearchAsync(() => take(request, ct), ct) : take(request, ct);

    /// <summary>Does something that looks into many documents; null when too many do.</summary>
    public async Task<T?> SearchAsync<T>(Func<T> search, CancellationToken ct)
        where T : class
    {
        if (!await _searches.WaitAsync(Patience, ct))
        {
            return null;
        }

        try
        {
            return search();
        }
        finally
        {
            _searches.Release();
        }
    }

    public void Dispose()
    {
        _making.Dispose();
        _listing.Dispose();
        _searches.Dispose();
    }

    private bool IsFresh(Made made) => time.GetElapsedTime(made.At) < made.Took * OneIn || made.Records.Tip == index().Tip;

    private sealed record Made(RecordList Records, long At, TimeSpan Took);
}
