using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Tests.Node;

public sealed class PinTableTests
{
    [Fact]
    public void It_does_what_a_dictionary_does_over_random_operations()
    {
        var (random, table, model) = (new Random(7), new PinTable(), new Dictionary<PinKey, PinValue>());
        for (var step = 0; step < 20_000; step++)
        {
            var key = KeyOf(random.Next(500));
            switch (random.Next(10))
            {
                case < 6:
                    var value = new PinValue((PinKind)random.Next(2), (byte)random.Next(2), step % 3 == 0 ? $"{step}" : null);
                    table.Set(key, value);
                    model[key] = value;
                    break;
                case < 9:
                    Assert.Equal(model.Remove(key), table.Remove(key));
                    break;
                default:
                    Assert.Equal(model.TryGetValue(key, out var expected), table.TryGet(key, out var found));
                    Assert.Equal(expected, found);
                    break;
            }

            Assert.Equal(model.Count, table.Count);
        }

        Assert.Equal(model.OrderBy(static e => e.Key.Block).Select(static e => (e.Key, e.Value)), All(table, 13).OrderBy(static e => e.Key.Block));
        table.Clear();
        Assert.Equal(0, table.Count);
        Assert.Empty(All(table, 13));
    }

    [Fact]
    public void What_stands_all_the_time_is_read_once_whatever_changes_between_the_pieces()
    {
        var (random, table) = (new Random(3), new PinTable());
        for (var i = 0; i < 1000; i++)
        {
            table.Set(KeyOf(i), default);
        }

        var seen = new Dictionary<PinKey, int>();
        var piece = new (PinKey Key, PinValue Value)[64];
        var place = 0;
        while (table.Read(ref place, piece) is var count and > 0)
        {
            foreach (var (key, _) in piece.AsSpan(0, count))
            {
                seen[key] = seen.GetValueOrDefault(key) + 1;
            }

            for (var change = 0; change < 100; change++)
            {
                var other = KeyOf(500 + random.Next(5000)); // the first 500 are never touched
                if (!table.Remove(other))
                {
                    table.Set(other, default);
                }
            }
        }

        Assert.All(Enumerable.Range(0, 500), i => Assert.Equal(1, seen[KeyOf(i)]));
    }

    [Fact]
    public void The_same_block_under_two_codecs_is_two_pins()
    {
        var table = new PinTable();
        var block = BlockKey.Of("x"u8);
        table.Set(new PinKey(block, Multicodec.Raw), default);
        table.Set(new PinKey(block, Multicodec.DagPb), default);
        Assert.True(table.Remove(new PinKey(block, Multicodec.Raw)));
        Assert.Equal([new PinKey(block, Multicodec.DagPb)], All(table, 1).Select(static e => e.Key));
    }

    private static PinKey KeyOf(int i) => new(BlockKey.Of(BitConverter.GetBytes(i)), i % 2 == 0 ? Multicodec.Raw : Multicodec.DagPb);

    private static List<(PinKey Key, PinValue Value)> All(PinTable table, int pieceSize)
    {
        var all = new List<(PinKey, PinValue)>();
        var piece = new (PinKey Key, PinValue Value)[pieceSize];
        var place = 0;
        while (table.Read(ref place, piece) is var count and > 0)
        {
            all.AddRange(piece[..count]);
        }

        return all;
    }
}
