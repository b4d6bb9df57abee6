using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.UnixFs;

/// <summary>A block read as UnixFS: a raw leaf, or a dag-pb node with its data field.</summary>
public sealed record UnixFsNode(Cid Cid, UnixFsData Data, IReadOnlyList<DagPbLink> Links)
{
    /// <summary>File content held by this node itself.</summary>
    public ReadOnlyMemory<byte> Content => Data.Data ?? default;

    /// <summary>True for a plain directory and for a shard of one.</summary>
    public bool IsDirectory => Data.Type is UnixFsType.Directory or UnixFsType.HamtShard;

    /// <summary>True for whatever holds file bytes.</summary>
    public bool IsFile => Data.Type is UnixFsType.File or UnixFsType.Raw;

    /// <summary>Bytes of the file that starts here, as the node says.</summary>
    public ulong FileBytes => Data.FileBytes ?? (ulong)Content.Length;

    /// <summary>Gets, checks and reads one block.</summary>
    /// <exception cref="DagException">It is missing, wrong, or no UnixFS.</exception>
    public static async ValueTask<UnixFsNode> LoadAsync(IBlockReader reader, Cid cid, CancellationToken cancellationToken)
    {
        var block = await BlockLoader.LoadAsync(reader, cid, cancellationToken).ConfigureAwait(false);
        return Decode(block);
    }

    /// <summary>Reads one block whose bytes are known to be right.</summary>
    /// <exception cref="DagException">It is no UnixFS.</exception>
    public static UnixFsNode Decode(Block block)
    {
        switch (block.Cid.Codec)
        {
            case Multicodec.Raw:
                return new UnixFsNode(block.Cid, new UnixFsData(UnixFsType.Raw) { Data = block.Data, FileBytes = (ulong)block.Data.Length }, []);
            case Multicodec.DagPb:
                return DecodeDagPb(block);
            default:
                throw new DagException(
                    DagProblem.UnsupportedCodec, block.Cid, $"Block {block.Cid} is {Multicodec.NameOf(block.Cid.Codec)}, and UnixFS is dag-pb or raw.");
        }
    }

    private static UnixFsNode DecodeDagPb(Block block)
    {
        try
        {
            var node = DagPbNode.Decode(block.Data);
            var data = UnixFsData.Decode(node.Data ?? throw new FormatException("The node has no data field, so it is no UnixFS."));
            var result = new UnixFsNode(block.Cid, data, node.Links);
            result.CheckLengths();
            return result;
        }
        catch (FormatException e)
        {
            throw new DagException(DagProblem.Malformed, block.Cid, $"Block {block.Cid} is no UnixFS node: {e.Message}");
        }
    }

    /// <summary>A file's parts must add up to the whole that it says, or offsets would lead to the wrong bytes.</summary>
    private void CheckLengths()
    {
        if (!IsFile)
        {
            return;
        }

        if (Data.BlockBytes.Count != Links.Count)
        {
            throw Wrong($"{Links.Count} links and {Data.BlockBytes.Count} block sizes");
        }

        var sum = (UInt128)(ulong)Content.Length;
        foreach (var bytes in Data.BlockBytes)
        {
            sum += bytes;
        }

        if (sum != FileBytes || FileBytes > long.MaxValue)
        {
            throw Wrong($"{sum} bytes in its parts, and says {FileBytes}");
        }
    }

    private DagException Wrong(string what) => new(DagProblem.WrongLength, Cid, $"File node {Cid} has {what}.");
}
