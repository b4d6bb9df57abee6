using System.Collections.Immutable;
using System.Numerics;
using Etdb.Domain.Common;

namespace Etdb.Grains.State;

/// <summary>How the table gets more pages.</summary>
internal sealed partial class PagedTable
{
    /// <summary>Adds a page. Whoever saves a page meanwhile waits for it, so that nothing on the new page is acknowledged before the header names it.</summary>
    private Task GrowAsync() => _split = AddPageAsync(_split);

    private async Task AddPageAsync(Task before)
    {
        Page? old = null;
        try
        {
            await before;
            var number = _count;
            if (number > 0)
            {
                old = await PinAsync(number - (int)(BitOperations.RoundUpToPowerOf2((uint)number + 1) >> 1));
            }

            var stored = await store.ReadAsync<PageState>(grain, NameOf(number));
            var page = new Page(number, stored) { Changes = 1 };
            _count = number + 1;
            Move(old, page);
            Keep(page);
            await WriteAsync(page);
            _header!.State = new PageHeader { Pages = _count };
            await store.WriteAsync(grain, name, _header);
        }
        catch (Exception)
        {
            Break();
            throw;
        }
        finally
        {
            if (old is not null)
            {
                old.Pins--;
            }
        }
    }

    /// <summary>The first rows of an empty table, when they are many: all pages, then the header, without a split for each page.</summary>
    private async Task FillAsync(IReadOnlyCollection<KeyValuePair<string, string?>> rows)
    {
        try
        {
            var pages = new Page[(rows.Count / (rowsMaximum / 2)) + 1];
            for (var i = 0; i < pages.Length; i++)
            {
                pages[i] = new Page(i, await store.ReadAsync<PageState>(grain, NameOf(i))) { Changes = 1 };
            }

            foreach (var (key, value) in rows)
            {
                pages[Address(Hashing.Of(key), pages.Length)].Put(key, value);
            }

            await Task.WhenAll(pages.Select(WriteAsync));
            _header!.State = new PageHeader { Pages = pages.Length };
            await store.WriteAsync(grain, name, _header);
            Rows += pages.Sum(p => p.Rows.Count);
            _count = pages.Length;
            foreach (var key in RowsChanged is null ? [] : pages.SelectMany(p => p.Rows.Keys))
            {
                RowsChanged!(key, 1);
            }
        }
        catch (Exception)
        {
            Break();
            throw;
        }
    }

    /// <summary>A page that stays in memory until it is let go.</summary>
    private async Task<Page> PinAsync(int number)
    {
        while (true)
        {
            var page = await CachedAsync(number);
            if (ReferenceEquals(_pages.GetValueOrDefault(number), page))
            {
                page.Pins++;
                return page;
            }
        }
    }

    /// <summary>What now belongs to the new page leaves the old one; it is trimmed on disk with its next write.</summary>
    private void Move(Page? old, Page page)
    {
        foreach (var (key, value) in old?.Rows.ToList() ?? [])
        {
            if (Address(Hashing.Of(key), _count) == page.Number)
            {
                page.Rows[key] = value;
                old!.Rows.Remove(key);
            }
        }
    }

    private sealed class Page(int number, GrainState<PageState> stored)
    {
        public int Number { get; } = number;

        public GrainState<PageState> Stored { get; } = stored;

        /// <summary>In the order they are stored in: rows are read and written far more often than one is put between them.</summary>
        public SortedList<string, string> Rows { get; } = new(StringComparer.Ordinal);

        public long Changes { get; set; }

        public long Saved { get; set; }

        public int Pins { get; set; }

        public Task? Writing { get; set; }

        public void Put(string key, string? value)
        {
            if (Rows.GetValueOrDefault(key) == value)
            {
                return;
            }

            if (value is null)
            {
                Rows.Remove(key);
            }
            else
            {
                Rows[key] = value;
            }

            Changes++;
        }

        /// <summary>As it is stored.</summary>
        public PageState ToState()
        {
            var rows = ImmutableArray.CreateBuilder<string>(2 * Rows.Count);
            foreach (var (key, value) in Rows)
            {
                rows.Add(key);
                rows.Add(value);
            }

            return new PageState { Rows = rows.MoveToImmutable() };
        }

        public bool Busy => Pins > 0 || Saved < Changes || Writing is { IsCompleted: false };
    }
}
