using Etdb.Domain.Content;
using Etdb.Grains.Nodes;
using Etdb.Grains.Repair;
using Etdb.Grains.State;
using Orleans.Runtime;
using Orleans.Storage;

namespace Etdb.Benchmarks.Scale;

/// <summary>Fills the tables of shelves and shards for a world that is whole, through the grains' own table of pages.</summary>
internal static class ScaleTables
{
    private const int ShelvesPerNode = 8;
    private const int Shards = 16;

    public static async Task WriteAsync(SyntheticWorld world, IGrainStorage storage, DateTimeOffset now)
    {
        var pages = new PageStore(storage);
        var shards = Enumerable.Range(0, Shards).Select(_ => new List<KeyValuePair<string, string?>>()).ToArray();
        var byNode = Enumerable.Range(0, SyntheticWorld.Nodes).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < world.Datasets; i++)
        {
            var id = SyntheticWorld.Id(i);
            shards[int.Parse(RepairShards.KeyFor(id, Shards), System.Globalization.CultureInfo.InvariantCulture)].Add(new(id.Value, ""));
            for (var r = 0; r < SyntheticWorld.Replicas; r++)
            {
                byNode[SyntheticWorld.Node(i, r)].Add(i);
            }
        }

        for (var shard = 0; shard < Shards; shard++)
        {
            await FillAsync(pages, GrainId.Create("repairshard", RepairShards.Key(shard)), shards[shard], PagedTable.FewRowsMaximum);
        }

        for (var node = 0; node < SyntheticWorld.Nodes; node++)
        {
            await FillNodeAsync(pages, node, byNode[node], now - TimeSpan.FromDays(21));
        }
    }

    private static async Task FillNodeAsync(PageStore pages, int node, List<int> datasets, DateTimeOffset at)
    {
        var shelves = new Dictionary<string, List<KeyValuePair<string, string?>>>(StringComparer.Ordinal);
        foreach (var index in datasets)
        {
            var reference = new DatasetRef(SyntheticWorld.Id(index), new ContentId(SyntheticWorld.Root(index).ToString()));
            var key = Shelves.KeyFor(SyntheticWorld.NodeId(node), reference.Root, ShelvesPerNode);
            shelves.TryAdd(key, []);
            shelves[key].Add(new(ShelfRows.KeyOf(reference), ShelfRows.Write(ShelfPhase.Held, at)));
        }

        foreach (var (key, rows) in shelves)
        {
            await FillAsync(pages, GrainId.Create("shelf", key), rows, PagedTable.RowsMaximum);
        }
    }

    private static async Task FillAsync(PageStore pages, GrainId grain, List<KeyValuePair<string, string?>> rows, int rowsMaximum)
    {
        var table = new PagedTable(pages, grain, "rows", () => { }, rowsMaximum);
        await table.OpenAsync();
        await table.SetAllAsync(rows);
    }
}
