using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>
/// Writes a directory as a hash array mapped trie. Sorted by hash, the names of one shard are neighbours, so the trie is cut out of the sorted array from
/// the top and closed from the bottom; the stack is explicit and no deeper than the hash has digits. Source: specs.ipfs.tech/unixfs, HAMTDirectory.
/// </summary>
internal static class HamtBuilder
{
    private const string SlotFormat = "X";

    public static DagPart Build(IReadOnlyList<DagPbLink> links, ImportProfile profile, Action<Block> emit)
    {
        var hashes = new ulong[links.Count];
        var order = new DagPbLink[links.Count];
        for (var i = 0; i < links.Count; i++)
        {
            hashes[i] = HamtHash.Of(links[i].NameSpan);
            order[i] = links[i];
        }

        Array.Sort(hashes, order);
        var stack = new Stack<Shard>();
        stack.Push(new Shard(0, 0, order.Length));
        while (true)
        {
            var shard = stack.Peek();
            if (shard.Next < shard.End)
            {
                Step(stack, shard, hashes, order, profile.ShardFanout);
                continue;
            }

            var part = Close(shard, profile, emit);
            stack.Pop();
            if (!stack.TryPeek(out var parent))
            {
                return part;
            }

            parent.Links.Add(new DagPbLink(part.Cid, SlotName(parent.Slots[^1], profile.ShardFanout), part.TotalBytes));
        }
    }

    /// <summary>Takes the next slot of a shard: one name is a link, several are a shard below.</summary>
    private static void Step(Stack<Shard> stack, Shard shard, ulong[] hashes, DagPbLink[] order, int fanout)
    {
        if (shard.Depth >= HamtHash.MaxDepth(fanout))
        {
            throw new ArgumentException($"'{order[shard.Next].Name}' and '{order[shard.Next + 1].Name}' have the same hash, and a HAMT cannot hold both.", nameof(order));
        }

        var start = shard.Next;
        var slot = HamtHash.Slot(hashes[start], shard.Depth, fanout);
        var end = start + 1;
        while (end < shard.End && HamtHash.Slot(hashes[end], shard.Depth, fanout) == slot)
        {
            end++;
        }

        shard.Next = end;
        shard.Slots.Add(slot);
        if (end - start > 1)
        {
            stack.Push(new Shard(shard.Depth + 1, start, end));
            return;
        }

        var prefix = Encoding.ASCII.GetBytes(SlotName(slot, fanout));
        byte[] name = [.. prefix, .. order[start].NameSpan];
        shard.Links.Add(order[start] with { NameBytes = name });
    }

    private static string SlotName(int slot, int fanout) => slot.ToString(SlotFormat).PadLeft(HamtHash.PrefixLength(fanout), '0');

    private static DagPart Close(Shard shard, ImportProfile profile, Action<Block> emit)
    {
        var bits = new byte[(profile.ShardFanout + 7) / 8];
        foreach (var slot in shard.Slots)
        {
            bits[^(slot / 8 + 1)] |= (byte)(1 << slot % 8);
        }

        var data = new UnixFsData(UnixFsType.HamtShard)
        {
            Data = bits.AsMemory(Math.Max(0, bits.AsSpan().IndexOfAnyExcept((byte)0))),
            HashType = Multicodec.Murmur3X64X64,
            Fanout = (ulong)profile.ShardFanout,
        };
        var block = new DagPbNode(shard.Links, data.Encode()).ToBlock(profile.CidVersion);
        emit(block);
        return new DagPart(block.Cid, 0, DirectoryBuilder.Total(shard.Links, block));
    }

    private sealed class Shard(int depth, int start, int end)
    {
        public int Depth { get; } = depth;

        public int End { get; } = end;

        public int Next { get; set; } = start;

        public List<int> Slots { get; } = [];

        public List<DagPbLink> Links { get; } = [];
    }
}
