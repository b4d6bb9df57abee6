using Etdb.Grains.Ports;
using Etdb.Ledger.Indexing;
using Etdb.Silo.Adapters;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>
/// A silo on files whose index is lost, made anew or restored from a backup: the cluster must end up with what the chain says, and never hear an old version of a record again.
/// </summary>
public sealed class NumberedLedgerFeedTests
{
    private const int Rounds = 120;
    private const int Datasets = 6;
    private const int Page = 3;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task News_of_an_index_made_anew_is_not_taken_for_old()
    {
        var index = new ModelIndex();
        var cluster = new Cluster();
        index.See(1, 1);
        index.Lose(1);
        index.See(1, 2);
        index.See(1, 3);
        await cluster.HearAsync(index);

        // The file is gone. The new one has never seen the reorganisation: record 2 is the second event it knows, of which the cluster has heard four.
        index = new ModelIndex { NodeHeight = 1_000 };
        index.See(1, 3);
        Assert.Contains("block 101 of 1000", await cluster.HearAsync(index), StringComparison.Ordinal);
        index.See(2, 1);
        index.NodeHeight = 0;
        await cluster.HearAsync(index);
        Assert.Equal(new Dictionary<int, int> { [1] = 3, [2] = 1 }, cluster.Known);
    }

    [Fact]
    public async Task Nothing_is_read_before_it_is_known_what_was_heard()
    {
        var index = new ModelIndex();
        index.See(1, 1);
        using var feed = new NumberedLedgerFeed(index, index);
        var batch = await feed.ReadAsync(0, Page, Ct);
        Assert.Empty(batch.Events);
        Assert.NotNull(batch.Problem);
        await feed.ResumeAsync(0, Ct);
        Assert.Single((await feed.ReadAsync(0, Page, Ct)).Events);
    }

    [Fact]
    public void An_index_that_was_followed_keeps_its_numbers()
    {
        Assert.Equal(new LogNumbering(0, 0), NumberedLedgerFeed.Numbering(null, 7, 0));
        Assert.Equal(new LogNumbering(5, 2), NumberedLedgerFeed.Numbering(new LogNumbering(5, 2), 7, 12));
        Assert.Equal(new LogNumbering(13, null), NumberedLedgerFeed.Numbering(new LogNumbering(5, 2), 7, 13));
        Assert.Equal(new LogNumbering(3, null), NumberedLedgerFeed.Numbering(null, 7, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_becomes_of_the_file_the_cluster_knows_what_the_chain_says(int seed)
    {
        var random = new Random(seed);
        var chain = new Dictionary<int, int>();
        var (index, backup, cluster) = (new ModelIndex(), new ModelIndex(), new Cluster());
        for (var round = 1; round <= Rounds; round++)
        {
            for (var change = random.Next(4); change > 0; change--)
            {
                chain[1 + random.Next(Datasets)] = round;
            }

            switch (random.Next(6))
            {
                case 0:
                    index = new ModelIndex();
                    break;
                case 1:
                    index = backup;
                    backup = index.Copy();
                    break;
                case 2:
                    backup = index.Copy();
                    break;
                default:
                    break;
            }

            // A catch-up may end half way, and the silo may be killed in the middle of telling.
            if (random.Next(2) == 0)
            {
                var some = chain.Where(_ => random.Next(2) == 0).ToDictionary();
                await cluster.HearAsync(index, i => i.CatchUp(some, isBehind: true), batches: 1 + random.Next(2));
            }

            await cluster.HearAsync(index, i => i.CatchUp(chain, isBehind: false));
            Assert.Equal(chain.OrderBy(c => c.Key), cluster.Known.OrderBy(c => c.Key));
        }
    }

    /// <summary>What the ledger grain and the dataset grains know, as they do: everyone ignores what is not above his last number.</summary>
    private sealed class Cluster
    {
        private readonly Dictionary<int, long> _numbers = [];
        private long _position;
        private long _told;

        /// <summary>Dataset and version.</summary>
        public Dictionary<int, int> Known { get; } = [];

        /// <summary>Reads on in a new process until nothing is new, or that many batches, the last of which is told but not noted. Returns the problem it ends with.</summary>
        public async Task<string?> HearAsync(ModelIndex index, Action<ModelIndex>? follow = null, int? batches = null)
        {
            using var feed = new NumberedLedgerFeed(index, index);
            await feed.ResumeAsync(Math.Max(_position, _told), Ct);
            follow?.Invoke(index); // An index goes on only in reads, which come after that.
            for (var read = 1; ; read++)
            {
                var batch = await feed.ReadAsync(_position, Page, Ct);
                _told = batch.Events.Count == 0 ? _told : batch.Events[^1].Sequence;
                foreach (var change in batch.Events)
                {
                    Assert.True(change.Sequence > _position, "Numbers of events only grow.");
                    Tell(change);
                }

                if (batch.Events.Count == 0 || read == batches)
                {
                    return batch.Problem;
                }

                _position = batch.Events[^1].Sequence;
            }
        }

        private void Tell(LedgerEvent change)
        {
            var dataset = ModelIndex.Number(change.Dataset);
            if (change.Sequence <= _numbers.GetValueOrDefault(dataset))
            {
                return;
            }

            _numbers[dataset] = change.Sequence;
            if (change.Kind != LedgerEventKind.Current)
            {
                Known.Remove(dataset);
                return;
            }

            Assert.True(change.Record!.Version >= Known.GetValueOrDefault(dataset), "An old version was told as what holds.");
            Known[dataset] = change.Record.Version;
        }
    }
}
