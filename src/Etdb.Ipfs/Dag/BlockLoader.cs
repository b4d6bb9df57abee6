using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>
/// Gets blocks and lets only right ones through: the size is limited, the bytes are hashed, identity CIDs are answered from the CID itself and never
/// asked of the store.
/// </summary>
public static class BlockLoader
{
    /// <summary>The block's bytes, or what is wrong (<see cref="DagProblem.Missing"/>, Corrupt, UnsupportedHash, BlockTooLarge); null problem means good.</summary>
    public static async ValueTask<(Block Block, DagProblem? Problem)> TryLoadAsync(IBlockReader reader, Cid cid, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (cid.IsIdentity)
        {
            return (new Block(cid, cid.Hash.Digest.ToArray()), null);
        }

        if (await reader.GetAsync(cid, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return (default, DagProblem.Missing);
        }

        if (found.Data.Length > BlockLimits.MaxReadBytes)
        {
            return (default, DagProblem.BlockTooLarge);
        }

        if (reader is IHashingReader { HashesBlocks: true })
        {
            return (new Block(cid, found.Data), null);
        }

        return cid.Check(found.Data.Span) switch
        {
            HashCheck.Match => (new Block(cid, found.Data), null),
            HashCheck.Mismatch => (default, DagProblem.Corrupt),
            _ => (default, DagProblem.UnsupportedHash),
        };
    }

    /// <summary>As <see cref="TryLoadAsync"/>, for callers that cannot go on without the block.</summary>
    /// <exception cref="DagException">It is missing or wrong.</exception>
    public static async ValueTask<Block> LoadAsync(IBlockReader reader, Cid cid, CancellationToken cancellationToken)
    {
        var (block, problem) = await TryLoadAsync(reader, cid, cancellationToken).ConfigureAwait(false);
        return problem is null ? block : throw new DagException(problem.Value, cid, Describe(problem.Value, cid));
    }

    /// <summary>One sentence for an operator.</summary>
    public static string Describe(DagProblem problem, Cid cid) => problem switch
    {
        DagProblem.Missing => $"Block {cid} is missing.",
        DagProblem.Corrupt => $"Block {cid} has other bytes than its name says.",
        DagProblem.UnsupportedHash => $"Block {cid} is named by {Multicodec.NameOf(cid.Hash.Code)}, which cannot be checked here (sha2-256 and identity can).",
        DagProblem.UnsupportedCodec => $"Block {cid} is {Multicodec.NameOf(cid.Codec)}; its links cannot be read (raw, dag-pb and dag-cbor can).",
        DagProblem.BlockTooLarge => $"Block {cid} is larger than {BlockLimits.MaxReadBytes} bytes.",
        _ => $"Block {cid}: {problem}.",
    };
}
