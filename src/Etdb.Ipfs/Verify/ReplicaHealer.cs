using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;

namespace Etdb.Ipfs.Verify;

/// <summary>How a heal ended.</summary>
/// <param name="Outcome">Done when every block named is on the node now, read back and hashed.</param>
/// <param name="Healed">Blocks that were read back and were right: those named, and those found bad below them.</param>
/// <param name="BytesMoved">Bytes given to the node.</param>
/// <param name="Detail">The first failure, for people.</param>
public sealed record HealReport(KuboOutcome Outcome, IReadOnlyList<Cid> Healed, long BytesMoved, string? Detail);

/// <summary>
/// Brings single blocks back onto a node: takes each from the other replicas (hashed here), gives it to the node, reads it back and hashes it again. A
/// pin is never touched: <c>pin/add</c> on an existing pin would remove it first. Below a missing inner block nothing is known, so what a healed block
/// links to is looked at as well.
/// </summary>
public static class ReplicaHealer
{
    /// <summary>Most blocks one heal looks at: 1 Mi.</summary>
    public const int MaxBlocks = 1 << 20;

    /// <summary>Heals <paramref name="blocks"/> and what is missing below them.</summary>
    public static async Task<HealReport> HealAsync(
        KuboClient target, NodeSoftware software, IReadOnlyList<Cid> blocks, SourcePool sources, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(sources);
        var queue = new Queue<(Cid Cid, bool Named)>(blocks.Select(static cid => (cid, true)));
        var seen = blocks.Select(DagKey.Of).ToHashSet();
        var links = new List<Cid>();
        var before = new RpcBlockSource(target, software);
        var healed = new List<Cid>();
        var bytes = 0L;
        while (queue.TryDequeue(out var next))
        {
            var (outcome, detail, block, moved) = await HealOneAsync(target, software, next.Cid, next.Named ? null : before, sources, cancellationToken).ConfigureAwait(false);
            if (outcome != KuboOutcome.Done)
            {
                return new HealReport(outcome, healed, bytes, detail);
            }

            if (moved)
            {
                healed.Add(next.Cid);
                bytes += block.Data.Length;
            }

            links.Clear();
            _ = BlockLinks.Read(block, links); // what cannot be followed was healed all the same
            foreach (var link in links)
            {
                if (!link.IsIdentity && seen.Count < MaxBlocks && seen.Add(DagKey.Of(link)))
                {
                    queue.Enqueue((link, false));
                }
            }
        }

        return new HealReport(KuboOutcome.Done, healed, bytes, null);
    }

    private static async Task<(KuboOutcome Outcome, string? Detail, Block Block, bool Moved)> HealOneAsync(
        KuboClient target, NodeSoftware software, Cid cid, RpcBlockSource? before, SourcePool sources, CancellationToken cancellationToken)
    {
        if (before is not null)
        {
            var here = await before.GetAsync(cid, cancellationToken).ConfigureAwait(false);
            if (here.Status == FetchStatus.Found)
            {
                return (KuboOutcome.Done, null, new Block(cid, here.Data), false);
            }
        }

        var found = await sources.GetAsync(cid, cancellationToken).ConfigureAwait(false);
        if (found.Status != FetchStatus.Found)
        {
            return (found.Status == FetchStatus.NotFound ? KuboOutcome.NoProviders : KuboOutcome.Stalled, found.Detail, default, false);
        }

        var block = new Block(cid, found.Data);
        var put = await target.BlockPutAsync(block, software, cancellationToken).ConfigureAwait(false);
        if (!put.Done)
        {
            return (put.Outcome, put.Detail, default, false);
        }

        var (outcome, detail) = await ReadBackAsync(target, cid, cancellationToken).ConfigureAwait(false);
        if (outcome == KuboOutcome.Corrupt && software == NodeSoftware.JsIpfs)
        {
            (outcome, detail) = await ReplaceOnJsIpfsAsync(target, block, cancellationToken).ConfigureAwait(false);
        }

        return outcome == KuboOutcome.Done ? (outcome, null, block, true) : (outcome, detail, default, false);
    }

    private static async Task<(KuboOutcome Outcome, string? Detail)> ReadBackAsync(KuboClient target, Cid cid, CancellationToken cancellationToken)
    {
        var back = await target.BlockGetAsync(cid, cancellationToken).ConfigureAwait(false);
        return back.Done && cid.Check(back.Value) == HashCheck.Match
            ? (KuboOutcome.Done, null)
            : (back.Done ? KuboOutcome.Corrupt : back.Outcome, back.Detail ?? $"{target.Endpoint} took block {cid} and still has other bytes under it");
    }

    /// <summary>
    /// js-ipfs answers <c>block/put</c> with success and leaves a file that is there as it is, so the rotten file must go first. It refuses to remove a pinned
    /// block, and a pin is not ours to touch; but it files blocks by their hash and looks for pins by the whole CID, so the same hash under the other codec
    /// goes through. The good bytes are in our hand; were we cut off in between, the block would be missing instead of rotten, which the next heal mends. A
    /// pin's root is refused under every name and stays as it is.
    /// </summary>
    private static async Task<(KuboOutcome Outcome, string? Detail)> ReplaceOnJsIpfsAsync(KuboClient target, Block block, CancellationToken cancellationToken)
    {
        var otherName = Cid.V1(block.Cid.Codec == Multicodec.Raw ? Multicodec.DagPb : Multicodec.Raw, block.Cid.Hash);
        var removed = await target.BlockRemoveAsync(otherName, cancellationToken).ConfigureAwait(false);
        if (!removed.Done)
        {
            return (KuboOutcome.Corrupt, $"{target.Endpoint} keeps other bytes under {block.Cid} and does not let them be removed: {removed.Detail}");
        }

        var put = await target.BlockPutAsync(block, NodeSoftware.JsIpfs, cancellationToken).ConfigureAwait(false);
        return put.Done ? await ReadBackAsync(target, block.Cid, cancellationToken).ConfigureAwait(false) : (put.Outcome, put.Detail);
    }
}
