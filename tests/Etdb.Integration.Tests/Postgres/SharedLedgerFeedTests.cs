using Etdb.Domain.Records;
using Etdb.Grains.Ports;
using Etdb.Integration.Tests.Ledger;
using Etdb.Silo.Adapters;
using Etdb.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Etdb.Integration.Tests.Postgres;

/// <summary>
/// Silos that follow the ledger for the cluster one after the other, on a real server. Each has an index of its own, with numbers and a history of its own; the cluster must end up
/// with what the chain says, whoever told it.
/// </summary>
public sealed class SharedLedgerFeedTests(PostgresFixture postgres)
{
    private const int Rounds = 60;
    private const int Datasets = 6;
    private const int Page = 3;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_that_takes_over_after_a_reorganisation_tells_only_what_changed()
    {
        await using var cluster = await ClusterAsync();
        var (a, b) = (cluster.Silo(), cluster.Silo());
        a.See(1, 1);
        a.See(2, 1);
        Assert.Equal([(1, LedgerEventKind.Current), (2, LedgerEventKind.Current)], await cluster.HearAsync(a));

        // The chain is reorganised while a is away: 2 is gone, 3 is there. b has only ever seen the new branch, and its numbers begin at 1.
        b.See(1, 1);
        b.See(3, 1);
        Assert.Equal([(3, LedgerEventKind.Current), (2, LedgerEventKind.Retracted)], await cluster.HearAsync(b));

        // a comes back, and has lived through it all itself: the cluster has nothing to learn from it.
        a.Lose(2);
        a.See(3, 1);
        var again = await cluster.HearAsync(a);
        Assert.All(again, e => Assert.Contains(e, new[] { (2, LedgerEventKind.Retracted), (3, LedgerEventKind.Current) })); // Said again at most, at the height a saw it.
        Assert.Equal([1, 3], cluster.Known());
        Assert.Empty(await cluster.HearAsync(a));
    }

    [Fact]
    public async Task A_silo_whose_index_is_behind_retracts_nothing()
    {
        await using var cluster = await ClusterAsync();
        var (a, b) = (cluster.Silo(), cluster.Silo());
        a.See(1, 1);
        a.See(2, 1);
        await cluster.HearAsync(a);
        b.NodeHeight = b.Height + 1_000;
        var (events, problem) = await cluster.ReadAsync(b);
        Assert.Empty(events);
        Assert.Contains("takes over when it has caught up", problem, StringComparison.Ordinal);
        b.NodeHeight = null;
        (events, problem) = await cluster.ReadAsync(b);
        Assert.Empty(events);
        Assert.Contains("does not answer", problem, StringComparison.Ordinal);
        Assert.Equal([1, 2], cluster.Known());
    }

    [Fact]
    public async Task Two_silos_that_both_think_it_is_theirs_do_not_lose_a_word()
    {
        await using var cluster = await ClusterAsync();
        var (a, b) = (cluster.Silo(), cluster.Silo());
        await cluster.HearAsync(a);
        await cluster.HearAsync(b);
        foreach (var silo in new[] { a, b })
        {
            silo.See(1, 1);
            silo.See(2, 1);
        }

        // Both have compared already, and write in turns: each notices that the other was there, and compares again.
        await Task.WhenAll(cluster.FollowAsync(a), cluster.FollowAsync(b));
        a.See(3, 1);
        b.See(3, 1);
        await cluster.HearAsync(b);
        await cluster.HearAsync(a);
        Assert.Equal([1, 2, 3], cluster.Known());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whoever_follows_the_cluster_knows_what_the_chain_says(int seed)
    {
        var random = new Random(seed);
        await using var cluster = await ClusterAsync();
        var silos = new[] { cluster.Silo(), cluster.Silo(), cluster.Silo() };
        var chain = new Dictionary<int, int>();
        for (var round = 0; round < Rounds; round++)
        {
            for (var change = random.Next(4); change > 0; change--)
            {
                var dataset = 1 + random.Next(Datasets);
                if (!chain.Remove(dataset) || random.Next(2) == 0)
                {
                    chain[dataset] = round + 1;
                }

                // Some see each step, some sleep through it.
                foreach (var awake in silos.Where(_ => random.Next(2) == 0))
                {
                    awake.CatchUp(chain);
                }
            }

            var leader = silos[random.Next(silos.Length)];
            leader.CatchUp(chain);
            await cluster.HearAsync(leader);
            Assert.Equal(chain.OrderBy(c => c.Key), cluster.Heard.OrderBy(c => c.Key));
        }
    }

    private async Task<Cluster> ClusterAsync()
    {
        var database = new PostgresDatabase(new PostgresOptions { ConnectionString = await (await postgres.ServerAsync()).CreateDatabaseAsync() });
        await database.MigrateAsync("cluster", Ct);
        return new Cluster(database);
    }

    /// <summary>The silos' common log, and the one reader of it: what the ledger grain would know.</summary>
    private sealed class Cluster(PostgresDatabase database) : IAsyncDisposable
    {
        private readonly Dictionary<ModelIndex, SharedLedgerFeed> _feeds = [];
        private long _heardTo;

        /// <summary>Dataset and version, as heard so far.</summary>
        public Dictionary<int, int> Heard { get; } = [];

        public int[] Known() => [.. Heard.Keys.Order()];

        public ModelIndex Silo()
        {
            var index = new ModelIndex();
            _feeds[index] = new SharedLedgerFeed(index, new PostgresLedgerLog(database, "test"), TimeSpan.FromHours(1), TimeProvider.System, NullLogger<SharedLedgerFeed>.Instance);
            return index;
        }

        /// <summary>Reads on through that silo until nothing is new for it.</summary>
        public async Task<List<(int Dataset, LedgerEventKind Kind)>> HearAsync(ModelIndex silo)
        {
            var heard = new List<(int, LedgerEventKind)>();
            for (var quiet = 0; quiet < 3;)
            {
                var (events, problem) = await ReadAsync(silo);
                Assert.Null(problem);
                quiet = events.Count == 0 ? quiet + 1 : 0;
                heard.AddRange(events);
            }

            return heard;
        }

        public async Task<(List<(int Dataset, LedgerEventKind Kind)> Events, string? Problem)> ReadAsync(ModelIndex silo)
        {
            await _feeds[silo].ResumeAsync(_heardTo, Ct);
            var batch = await _feeds[silo].ReadAsync(_heardTo, Page, Ct);
            foreach (var change in batch.Events)
            {
                Assert.True(change.Sequence > _heardTo, "Numbers of events only grow.");
                _heardTo = change.Sequence;
                Apply(change);
            }

            return ([.. batch.Events.Select(e => (ModelIndex.Number(e.Dataset), e.Kind))], batch.Problem);
        }

        /// <summary>That silo follows, and nobody hears what it reads back.</summary>
        public Task FollowAsync(ModelIndex silo) => _feeds[silo].ReadAsync(_heardTo, Page, Ct);

        public async ValueTask DisposeAsync()
        {
            foreach (var feed in _feeds.Values)
            {
                feed.Dispose();
            }

            await database.DisposeAsync();
        }

        private void Apply(LedgerEvent change)
        {
            if (change.Kind == LedgerEventKind.Current)
            {
                Heard[ModelIndex.Number(change.Dataset)] = change.Record!.Version;
            }
            else
            {
                Heard.Remove(ModelIndex.Number(change.Dataset));
            }
        }
    }
}
