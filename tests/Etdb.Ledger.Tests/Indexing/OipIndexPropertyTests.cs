using System.Globalization;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Tests.Oip;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>One chain, one state: replay = incremental = reorganisation and back. Histories come from seeds; a failure names its seed.</summary>
public sealed class OipIndexPropertyTests
{
    private static readonly int Scale = int.TryParse(Environment.GetEnvironmentVariable("ETDB_TEST_SCALE"), CultureInfo.InvariantCulture, out var scale) ? scale : 1;

    [Fact]
    public void Replay_and_reorganisation_and_back_give_the_same_state()
    {
        for (var seed = 0; seed < 25 * Scale; seed++)
        {
            var blocks = new RandomHistory(seed).Blocks(30);
            var random = new Random(seed);
            var straight = Oips.Index();
            var wandering = Oips.Index();
            foreach (var block in blocks)
            {
                straight.Connect(block);
                Wander(wandering, random, seed);
                wandering.Connect(block);
            }

            Assert.True(Oips.Dump(straight) == Oips.Dump(wandering), $"seed {seed}");
        }
    }

    /// <summary>Goes back some blocks and again forward, or off on another branch and back.</summary>
    private static void Wander(OipIndex index, Random random, int seed)
    {
        var other = random.Next(3) == 0 ? new RandomHistory(seed + 1_000_000).Blocks(random.Next(1, 6)) : [];
        foreach (var block in other)
        {
            var tip = index.Tip;
            index.Connect(block with { Height = (tip?.Height ?? 0) + 1, Time = (tip?.Time ?? 0) + random.Next(-10, 1_000_000) });
        }

        for (var i = 0; i < other.Count; i++)
        {
            index.Disconnect(index.Tip!.Hash);
        }
    }

    [Fact]
    public void Disconnecting_to_any_height_gives_the_state_of_a_replay_to_that_height()
    {
        for (var seed = 500; seed < 500 + (10 * Scale); seed++)
        {
            var blocks = new RandomHistory(seed).Blocks(25);
            var forward = Oips.Index();
            var states = new Stack<string>();
            foreach (var block in blocks)
            {
                states.Push(Oips.Dump(forward));
                forward.Connect(block);
            }

            while (forward.Tip is { } tip)
            {
                forward.Disconnect(tip.Hash);
                Assert.True(states.Pop() == Oips.Dump(forward), $"seed {seed} below {tip.Height}");
            }
        }
    }

    [Fact]
    public void Changes_of_all_blocks_add_up_to_the_state()
    {
        for (var seed = 900; seed < 900 + (10 * Scale); seed++)
        {
            var index = Oips.Index();
            var seen = new Dictionary<string, IndexedRecord>();
            foreach (var block in new RandomHistory(seed).Blocks(30))
            {
                foreach (var change in index.Connect(block).Records)
                {
                    Assert.Same(seen.GetValueOrDefault(change.Txid), change.Before);
                    if (change.After is { } after)
                    {
                        seen[change.Txid] = after;
                    }
                    else
                    {
                        seen.Remove(change.Txid);
                    }
                }
            }

            Assert.Equal(index.Records().Select(r => r.Txid).Order(), seen.Keys.Order());
            Assert.All(index.Records(), r => Assert.Same(r, seen[r.Txid]));
        }
    }

    [Fact]
    public void The_histories_reach_what_they_are_made_for()
    {
        var refusals = new HashSet<OipReason>();
        var versions = 0;
        for (var seed = 0; seed < 25; seed++)
        {
            var index = Oips.Index();
            foreach (var block in new RandomHistory(seed).Blocks(30))
            {
                index.Connect(block);
            }

            refusals.UnionWith(index.Refusals().Select(r => r.Reason));
            versions = Math.Max(versions, index.Records().Select(r => r.Versions.Count).DefaultIfEmpty().Max());
        }

        OipReason[] expected =
        [
            OipReason.RecordReplayed, OipReason.RecordDuplicate, OipReason.ActionReplayed, OipReason.SignatureWrong, OipReason.MultipartStale, OipReason.MultipartDuplicate,
            OipReason.RegistrationOutdated, OipReason.PatchFailed, OipReason.ContentProofMissing, OipReason.RecordDisplaced, OipReason.ContentProofWrong,
        ];
        Assert.Empty(expected.Except(refusals));
        Assert.True(versions >= 3);
    }
}
