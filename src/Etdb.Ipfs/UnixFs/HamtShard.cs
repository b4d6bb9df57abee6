using System.Globalization;
using System.Numerics;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>Reads one node of a sharded directory: which links are names and which are shards below.</summary>
internal sealed class HamtShard
{
    private readonly UnixFsNode _node;
    private readonly int _prefix;

    private HamtShard(UnixFsNode node, int fanout)
    {
        _node = node;
        Fanout = fanout;
        _prefix = HamtHash.PrefixLength(fanout);
    }

    public int Fanout { get; }

    /// <exception cref="DagException">The node's fields or links contradict each other.</exception>
    public static HamtShard Read(UnixFsNode node)
    {
        var fanout = node.Data.Fanout ?? 0;
        if (node.Data.HashType != Multicodec.Murmur3X64X64)
        {
            throw Malformed(node, $"hashes names with function {node.Data.HashType}, and only murmur3-x64-64 is possible");
        }

        if (fanout is < 8 or > UnixFsData.MaxFanout || !BitOperations.IsPow2(fanout))
        {
            throw Malformed(node, $"has {fanout} slots, and only powers of two from 8 to {UnixFsData.MaxFanout} are possible");
        }

        var bits = 0;
        foreach (var part in node.Content.Span)
        {
            bits += BitOperations.PopCount(part);
        }

        if (bits != node.Links.Count)
        {
            throw Malformed(node, $"marks {bits} slots as taken and has {node.Links.Count} links");
        }

        var shard = new HamtShard(node, (int)fanout);
        foreach (var link in node.Links)
        {
            if (!shard.TrySlot(link, out _))
            {
                throw Malformed(node, $"has a link '{link.Name}' that starts with no slot");
            }
        }

        return shard;
    }

    /// <summary>Null when the link leads to a shard below, else the name in the directory.</summary>
    public ReadOnlyMemory<byte>? NameOf(DagPbLink link) => link.NameSpan.Length == _prefix ? (ReadOnlyMemory<byte>?)null : link.NameBytes!.Value[_prefix..];

    /// <summary>The link that a name with this hash must be behind, at <paramref name="depth"/>.</summary>
    public DagPbLink? Find(ulong hash, int depth)
    {
        var wanted = HamtHash.Slot(hash, depth, Fanout);
        foreach (var link in _node.Links)
        {
            if (TrySlot(link, out var slot) && slot == wanted)
            {
                return link;
            }
        }

        return null;
    }

    private static DagException Malformed(UnixFsNode node, string what) =>
        new(DagProblem.Malformed, node.Cid, $"Directory shard {node.Cid} {what}.");

    private bool TrySlot(in DagPbLink link, out int slot)
    {
        slot = -1;
        return link.NameSpan.Length >= _prefix
            && int.TryParse(link.NameSpan[.._prefix], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out slot)
            && slot < Fanout;
    }
}
