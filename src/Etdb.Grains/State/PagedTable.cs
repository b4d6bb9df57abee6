using System.Numerics;
using Etdb.Domain.Common;

namespace Etdb.Grains.State;

/// <summary>
/// A durable table of one grain that may grow to any size: text keys, short text values. Kept in one state it would be written whole for each
/// row, which costs N² over its life; here it lies in pages of some dozens of rows, and a change writes one page.
/// <para>Linear hashing (Litwin, VLDB 1980): with n pages and 2^k ≤ n &lt; 2^(k+1), a row is on page hash mod 2^(k+1) if that is below n, else on
/// hash mod 2^k. When a page is too full, page n − 2^k is split into itself and page n. On disk the new page comes first, then the header with the
/// number of pages, then the old page without the rows that moved; rows found on a page they do not belong to are such remains and are dropped.</para>
/// <para>Used on the grain's own scheduler, turns may interleave. Changes of one page made while it is written share the next write. After a
/// failed write nobody knows what is stored: the table refuses further work and asks for the grain to be deactivated.</para>
/// </summary>
internal sealed partial class PagedTable(PageStore store, GrainId grain, string name, Action deactivate, int rowsMaximum = PagedTable.RowsMaximum)
{
    /// <summary>Rows on a page above which the table grows by a page, where all of it is read often: about 10 KB a page.</summary>
    public const int RowsMaximum = 64;

    /// <summary>The same where rows come one by one, each onto another page, and all of it is read seldom: about 1 KB a write.</summary>
    public const int FewRowsMaximum = 16;

    /// <summary>Pages kept in memory when nothing is to be written to them.</summary>
    private const int PagesKept = 16;

    private readonly Dictionary<int, Page> _pages = [];
    private readonly Dictionary<int, Task<Page>> _loading = [];
    private readonly Queue<Page> _kept = new();
    private GrainState<PageHeader>? _header;
    private int _count;
    private Task _split = Task.CompletedTask;
    private bool _broken;

    /// <summary>Pages it has; 0 before <see cref="OpenAsync"/> and while nothing was ever stored.</summary>
    public int Pages => _count;

    /// <summary>Rows, counted by <see cref="CountAsync"/> and kept right since; before that, how many more there are than there were.</summary>
    public int Rows { get; private set; }

    /// <summary>Told in the very turn in which a row came (+1) or went (−1), before it is durable: turns that interleave cannot count by asking first.</summary>
    public Action<string, int>? RowsChanged { get; set; }

    /// <summary>Reads the header; before anything else.</summary>
    public async Task OpenAsync()
    {
        _header = await store.ReadAsync<PageHeader>(grain, name);
        _count = _header.State!.Pages;
    }

    /// <summary>Counts the rows, showing each: reads every page once. Only before the first change.</summary>
    public async Task CountAsync(Action<string, string>? see = null)
    {
        Rows = 0;
        for (var number = 0; number < _count; number++)
        {
            var page = await ReadPageAsync(number);
            Rows += page.Count;
            foreach (var (key, value) in see is null ? [] : page)
            {
                see!(key, value);
            }
        }
    }

    /// <summary>The value of a key, or null.</summary>
    public async Task<string?> FindAsync(string key)
    {
        if (_count == 0)
        {
            return null;
        }

        var hash = Hashing.Of(key);
        var page = await PageOfAsync(hash);
        while (!IsPlaceOf(hash, page))
        {
            page = await PageOfAsync(hash);
        }

        return page.Rows.GetValueOrDefault(key);
    }

    /// <summary>Sets a row; null removes it. Durable when it returns, also when the same was set before and is still being written.</summary>
    public async Task SetAsync(string key, string? value)
    {
        var page = await PutAsync(key, value);
        if (page is not null)
        {
            await SaveAsync(page);
        }
    }

    /// <summary>Sets many rows; durable when it returns.</summary>
    public async Task SetAllAsync(IReadOnlyCollection<KeyValuePair<string, string?>> rows)
    {
        if (_count == 0 && _split.IsCompleted && rows.Count > rowsMaximum)
        {
            await (_split = FillAsync(rows));
            return;
        }

        var touched = new Dictionary<int, Page>();
        foreach (var (key, value) in rows)
        {
            if (await PutAsync(key, value) is { } page)
            {
                touched[page.Number] = page;
            }

            if (!_split.IsCompleted)
            {
                await _split;
            }
        }

        await Task.WhenAll(touched.OrderBy(p => p.Key).Select(p => SaveAsync(p.Value)));
    }

    /// <summary>Sets rows that are there; what is not there stays so. Durable when it returns.</summary>
    public async Task UpdateAsync(IReadOnlyCollection<KeyValuePair<string, string>> rows)
    {
        var touched = new Dictionary<int, Page>();
        foreach (var (key, value) in rows)
        {
            if (await PutAsync(key, value, onlyIfThere: true) is { } page)
            {
                touched[page.Number] = page;
            }
        }

        await Task.WhenAll(touched.OrderBy(p => p.Key).Select(p => SaveAsync(p.Value)));
    }

    /// <summary>All rows, page by page, without keeping them. A row set meanwhile may come twice or not; one that was there all the time comes at least once.</summary>
    public async IAsyncEnumerable<IReadOnlyList<KeyValuePair<string, string>>> ReadAsync()
    {
        for (var number = 0; number < _count; number++)
        {
            yield return await ReadPageAsync(number);
        }
    }

    /// <summary>The rows of one page in ordinal order; none when there is no such page.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, string>>> ReadPageAsync(int number)
    {
        if (number >= _count)
        {
            return [];
        }

        var page = _pages.GetValueOrDefault(number) ?? await (_loading.GetValueOrDefault(number) ?? LoadAsync(number));
        return [.. page.Rows];
    }

    /// <summary>The page a hash belongs to.</summary>
    internal static int Address(ulong hash, int pages)
    {
        var upper = BitOperations.RoundUpToPowerOf2((uint)pages);
        var address = (int)(hash & (upper - 1));
        return address < pages ? address : (int)(hash & ((upper >> 1) - 1));
    }

    /// <summary>Changes the row in memory; gives the page to save, or null when nothing is there to save.</summary>
    private async ValueTask<Page?> PutAsync(string key, string? value, bool onlyIfThere = false)
    {
        Refuse();
        while (_count == 0)
        {
            if (value is null || onlyIfThere)
            {
                return null;
            }

            await (_split.IsCompleted ? GrowAsync() : _split);
        }

        var hash = Hashing.Of(key);
        var page = await PageOfAsync(hash);
        while (!IsPlaceOf(hash, page))
        {
            page = await PageOfAsync(hash);
        }

        if (onlyIfThere && !page.Rows.ContainsKey(key))
        {
            return null;
        }

        var before = page.Rows.Count;
        page.Put(key, value);
        if (page.Rows.Count != before)
        {
            Rows += page.Rows.Count - before;
            RowsChanged?.Invoke(key, page.Rows.Count - before);
        }

        // Not for a row that was there: of a table whose pages once were larger, every change would add a page, and all wait for that.
        if (page.Rows.Count > before && page.Rows.Count > rowsMaximum && _split.IsCompleted)
        {
            _ = GrowAsync();
        }

        return page;
    }

    private ValueTask<Page> PageOfAsync(ulong hash) => CachedAsync(Address(hash, _count));

    /// <summary>While a page was awaited the table may have grown, or the page may have been dropped from memory and read again.</summary>
    private bool IsPlaceOf(ulong hash, Page page) => Address(hash, _count) == page.Number && ReferenceEquals(_pages.GetValueOrDefault(page.Number), page);

    private ValueTask<Page> CachedAsync(int number)
    {
        if (_pages.TryGetValue(number, out var page))
        {
            return ValueTask.FromResult(page);
        }

        if (!_loading.TryGetValue(number, out var loading))
        {
            loading = LoadAndKeepAsync(number);
            if (!loading.IsCompleted)
            {
                _loading[number] = loading;
            }
        }

        return new ValueTask<Page>(loading);
    }

    private async Task<Page> LoadAndKeepAsync(int number)
    {
        try
        {
            var page = await LoadAsync(number);
            Keep(page);
            return page;
        }
        finally
        {
            _loading.Remove(number);
        }
    }

    private void Keep(Page page)
    {
        _pages[page.Number] = page;
        _kept.Enqueue(page);
        for (var looked = _kept.Count; looked > 0 && _kept.Count > PagesKept; looked--)
        {
            var oldest = _kept.Dequeue();
            if (oldest.Busy || ReferenceEquals(oldest, page))
            {
                _kept.Enqueue(oldest);
            }
            else
            {
                _pages.Remove(oldest.Number);
            }
        }
    }

    private async Task<Page> LoadAsync(int number)
    {
        var stored = await store.ReadAsync<PageState>(grain, NameOf(number));
        var rows = stored.State!.Rows;
        var page = new Page(number, stored);
        for (var i = 0; i + 1 < rows.Length; i += 2)
        {
            if (Address(Hashing.Of(rows[i]), _count) == number)
            {
                page.Rows[rows[i]] = rows[i + 1];
            }
        }

        return page;
    }

    private async Task SaveAsync(Page page)
    {
        var wanted = page.Changes;
        while (!_split.IsCompleted)
        {
            await _split;
        }

        // The row may have moved with a split: then the new page was written with it.
        while (page.Saved < wanted)
        {
            Refuse();
            if (page.Writing is not { IsCompleted: false })
            {
                page.Writing = WriteAsync(page);
            }

            await page.Writing;
        }
    }

    private async Task WriteAsync(Page page)
    {
        var upTo = page.Changes;
        page.Stored.State = page.ToState();
        await GuardAsync(store.WriteAsync(grain, NameOf(page.Number), page.Stored));
        page.Saved = Math.Max(page.Saved, upTo);
    }

    private async Task GuardAsync(Task write)
    {
        try
        {
            await write;
        }
        catch
        {
            Break();
            throw;
        }
    }

    private void Break()
    {
        if (!_broken)
        {
            _broken = true;
            deactivate();
        }
    }

    private void Refuse()
    {
        if (_broken)
        {
            throw new OrleansException($"An earlier write of table '{name}' of {grain} failed; the grain is being reloaded. Call again.");
        }
    }

    private string NameOf(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}-{number}");
}
