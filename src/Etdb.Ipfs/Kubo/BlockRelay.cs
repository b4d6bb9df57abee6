using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;

namespace Etdb.Ipfs.Kubo;

/// <summary>
/// Carries a DAG from sources to a node that cannot fetch it by itself, block by block, several at a time: what the node has (hashed here) is not sent again,
/// so a relay that was cut off goes on where it was.
/// </summary>
internal sealed class BlockRelay(KuboClient target, NodeSoftware software, SourcePool sources, DagLimits limits)
{
    private const int Parallel = 8;

    private readonly RpcBlockSource _there = new(target, software);
    private readonly Stack<(Cid Cid, int Depth)> _frontier = [];
    private readonly HashSet<DagKey> _seen = [];
    private KuboPinProgress _moved;

    public async Task<(KuboOutcome Outcome, KuboPinProgress Moved, string? Detail)> RunAsync(
        Cid root, IProgress<KuboPinProgress>? progress, CancellationToken cancellationToken)
    {
        var running = new List<Task<Carried>>();
        (KuboOutcome Outcome, string? Detail)? failure = null;
        _frontier.Push((root, 0));
        _seen.Add(DagKey.Of(root));
        while ((_frontier.Count > 0 && failure is null) || running.Count > 0)
        {
            while (failure is null && running.Count < Parallel && _frontier.TryPop(out var next))
            {
                running.Add(CarryAsync(next.Cid, next.Depth, cancellationToken));
            }

            var done = await Task.WhenAny(running).ConfigureAwait(false);
            running.Remove(done);
            var carried = await done.ConfigureAwait(false);
            failure ??= carried.Outcome == KuboOutcome.Done ? Follow(carried) : (carried.Outcome, carried.Detail);
            progress?.Report(_moved);
        }

        return (failure?.Outcome ?? KuboOutcome.Done, _moved, failure?.Detail);
    }

    private (KuboOutcome Outcome, string? Detail)? Follow(Carried carried)
    {
        var length = carried.Block.Data.Length;
        _moved = new KuboPinProgress(
            _moved.Blocks + 1, _moved.Bytes + length, _moved.BlocksMoved + (carried.Moved ? 1 : 0), _moved.BytesMoved + (carried.Moved ? length : 0));
        var links = new List<Cid>();
        var problem = BlockLinks.Read(carried.Block, links);
        if (problem is null && links.Count > 0)
        {
            problem = carried.Depth >= limits.MaxDepth ? DagProblem.TooDeep : _seen.Count > limits.MaxBlocks ? DagProblem.TooManyBlocks : null;
        }

        if (problem is { } wrong)
        {
            return (KuboOutcome.BadContent, BlockLoader.Describe(wrong, carried.Block.Cid));
        }

        for (var i = links.Count - 1; i >= 0; i--)
        {
            if (_seen.Add(DagKey.Of(links[i])))
            {
                _frontier.Push((links[i], carried.Depth + 1));
            }
        }

        return null;
    }

    private async Task<Carried> CarryAsync(Cid cid, int depth, CancellationToken cancellationToken)
    {
        if (cid.IsIdentity)
        {
            return new Carried(KuboOutcome.Done, new Block(cid, cid.Hash.Digest.ToArray()), depth, false, null);
        }

        var there = await _there.GetAsync(cid, cancellationToken).ConfigureAwait(false);
        if (there.Status == FetchStatus.Found)
        {
            return new Carried(KuboOutcome.Done, new Block(cid, there.Data), depth, false, null);
        }

        var found = await sources.GetAsync(cid, cancellationToken).ConfigureAwait(false);
        if (found.Status != FetchStatus.Found)
        {
            return new Carried(found.Status == FetchStatus.NotFound ? KuboOutcome.NoProviders : KuboOutcome.Stalled, default, depth, false, found.Detail);
        }

        var block = new Block(cid, found.Data);
        var put = await target.BlockPutAsync(block, software, cancellationToken).ConfigureAwait(false);
        return new Carried(put.Outcome, block, depth, true, put.Detail);
    }

    private sealed record Carried(KuboOutcome Outcome, Block Block, int Depth, bool Moved, string? Detail);
}
