using Etdb.Grains.State;
using Etdb.Orleans.Embedded.Simulation;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Grains.Tests.State;

/// <summary>The table against a dictionary: any order of changes, growth, crashes between any two writes, failing writes.</summary>
public sealed class PagedTableTests
{
    private static readonly GrainId Id = GrainId.Create("table", "t");
    private readonly MemoryGrainStorage _storage = new();

    [Theory]
    [InlineData(PagedTable.RowsMaximum)]
    [InlineData(PagedTable.FewRowsMaximum)]
    public async Task Rows_are_found_again_after_a_restart_and_pages_stay_small(int most)
    {
        var table = await OpenAsync(_storage, most);
        for (var i = 0; i < 5_000; i++)
        {
            await table.SetAsync($"key {i}", $"value {i}");
        }

        Assert.InRange(table.Pages, 5_000 / most, 5_000 / most * 4);
        Assert.Equal(5_000, table.Rows);
        var again = await OpenAsync(_storage, most);
        await again.CountAsync();
        Assert.Equal(5_000, again.Rows);
        Assert.Equal("value 4711", await again.FindAsync("key 4711"));
        Assert.Null(await again.FindAsync("key 5000"));
        Assert.Equal(5_000, (await AllAsync(again)).Count);
        Assert.All(await PagesAsync(again), p => Assert.InRange(p, 0, most * 3));
    }

    [Fact]
    public async Task Many_rows_at_once_fill_an_empty_table_without_a_split_for_each_page()
    {
        var table = await OpenAsync(_storage);
        await table.SetAllAsync([.. Enumerable.Range(0, 10_000).Select(i => KeyValuePair.Create($"k{i}", (string?)""))]);
        Assert.InRange(_storage.Writes, 1, 1 + (10_000 / (PagedTable.RowsMaximum / 2)) + 1);
        Assert.Equal(10_000, (await AllAsync(await OpenAsync(_storage))).Count);
    }

    [Fact]
    public async Task Updating_touches_only_rows_that_are_there()
    {
        var table = await OpenAsync(_storage);
        await table.SetAsync("a", "1");
        await table.UpdateAsync([KeyValuePair.Create("a", "2"), KeyValuePair.Create("b", "2")]);
        Assert.Equal("2", await table.FindAsync("a"));
        Assert.Null(await table.FindAsync("b"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1_000)]
    public Task Each_row_is_counted_once_however_many_set_it_at_the_same_time(int rows) => Task.Factory.StartNew(
        async () =>
        {
            var table = await OpenAsync(_storage);
            var counted = 0;
            table.RowsChanged = (_, by) => counted += by;
            KeyValuePair<string, string?>[] all = [.. Enumerable.Range(0, rows).Select(i => KeyValuePair.Create($"k{i}", (string?)""))];
            await Task.WhenAll(table.SetAllAsync(all), table.SetAllAsync(all), table.SetAsync("k0", ""));
            Assert.Equal(rows, counted);
            await Task.WhenAll(table.SetAsync("k1", null), table.SetAsync("k1", null), table.SetAsync("k2", null));
            Assert.Equal(rows - 2, counted);
        },
        CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public Task It_holds_what_a_dictionary_holds_whatever_interleaves_and_wherever_it_crashes(int seed) =>
        Task.Factory.StartNew(() => InterleaveAsync(seed), CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    /// <summary>As in a grain: turns interleave at awaits, no two run at once.</summary>
    private async Task InterleaveAsync(int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var life = 0; life < 12; life++)
        {
            // The store dies after so many writes; what was acknowledged before must be there in the next life.
            var store = new DyingStorage(_storage, random.Next(5, 400));
            var table = await OpenAsync(store);
            var changes = Enumerable.Range(0, 300).Select(_ => (Key: $"{random.Next(2_000)}", Value: random.Next(4) == 0 ? null : $"{random.Next(100)}")).DistinctBy(c => c.Key).ToList();
            var work = changes.Select(async c =>
            {
                await Task.Yield();
                await table.SetAsync(c.Key, c.Value);
                return c;
            }).ToList();
            foreach (var done in work)
            {
                await ((Task)done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            var unsure = changes.Zip(work).Where(p => !p.Second.IsCompletedSuccessfully).Select(p => p.First.Key).ToHashSet(StringComparer.Ordinal);
            foreach (var (key, value) in changes.Where(c => !unsure.Contains(c.Key)))
            {
                Apply(model, key, value);
            }

            var stored = await AllAsync(await OpenAsync(_storage));
            foreach (var key in unsure)
            {
                // Not acknowledged: either is right.
                Apply(model, key, stored.GetValueOrDefault(key));
            }

            Assert.Equal(model.OrderBy(r => r.Key, StringComparer.Ordinal), stored.OrderBy(r => r.Key, StringComparer.Ordinal));
        }

        Assert.True(model.Count > PagedTable.RowsMaximum * 4, "The table never grew; the test proves nothing.");
    }

    [Fact]
    public async Task After_a_failed_write_the_grain_is_sent_away_and_nothing_is_taken_any_more()
    {
        var away = 0;
        var table = new PagedTable(new PageStore(new DyingStorage(_storage, 3)), Id, "rows", () => away++);
        await table.OpenAsync();
        await table.SetAsync("a", "1");
        await Assert.ThrowsAsync<IOException>(() => table.SetAsync("b", "1"));
        await Assert.ThrowsAsync<OrleansException>(() => table.SetAsync("c", "1"));
        Assert.Equal(1, away);
    }

    private static void Apply(Dictionary<string, string> model, string key, string? value)
    {
        if (value is null)
        {
            model.Remove(key);
        }
        else
        {
            model[key] = value;
        }
    }

    [Fact]
    public async Task A_table_of_large_pages_goes_on_with_small_ones()
    {
        var table = await OpenAsync(_storage);
        await table.SetAllAsync([.. Enumerable.Range(0, 2_000).Select(i => KeyValuePair.Create($"k{i}", (string?)"a"))]);
        var again = await OpenAsync(_storage, PagedTable.FewRowsMaximum);
        var pages = again.Pages;
        foreach (var i in Enumerable.Range(0, 2_000))
        {
            await again.SetAsync($"k{i}", "b");
        }

        Assert.Equal(pages, again.Pages); // It grows by rows that come, not by those that change.
        foreach (var i in Enumerable.Range(2_000, 500))
        {
            await again.SetAsync($"k{i}", "b");
        }

        Assert.Equal(2_500, (await AllAsync(await OpenAsync(_storage))).Count(r => r.Value == "b"));
        Assert.InRange(again.Pages, 2_500 / 16, 2_500 / 4);
    }

    private static async Task<PagedTable> OpenAsync(IGrainStorage storage, int most = PagedTable.RowsMaximum)
    {
        var table = new PagedTable(new PageStore(storage), Id, "rows", () => { }, most);
        await table.OpenAsync();
        return table;
    }

    private static async Task<Dictionary<string, string>> AllAsync(PagedTable table)
    {
        var rows = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var page in table.ReadAsync())
        {
            foreach (var (key, value) in page)
            {
                rows.Add(key, value);
            }
        }

        return rows;
    }

    private static async Task<List<int>> PagesAsync(PagedTable table)
    {
        var counts = new List<int>();
        await foreach (var page in table.ReadAsync())
        {
            counts.Add(page.Count);
        }

        return counts;
    }

    /// <summary>Answers late, out of step with the caller, and from some write on not at all: half of those that fail were stored.</summary>
    private sealed class DyingStorage(IGrainStorage inner, int writes) : IGrainStorage
    {
        private readonly bool _losesAnswers = writes % 2 == 0;
        private int _left = writes;

        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await Task.Yield();
            await inner.ReadStateAsync(stateName, grainId, grainState);
        }

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await Task.Yield();
            if (_left-- <= 0)
            {
                throw new IOException("The disk is gone.");
            }

            await inner.WriteStateAsync(stateName, grainId, grainState);
            await Task.Yield();
            if (_left == 0 && _losesAnswers)
            {
                throw new IOException("The answer is gone.");
            }
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
    }
}
