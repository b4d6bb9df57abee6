using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;

namespace Etdb.Ipfs.Verify;

/// <summary>
/// The honest check: reads a DAG from one node only, with the node offline for this, and hashes every block here.
/// </summary>
/// <remarks>
/// A node's own word is not evidence: a pin is a row in an index; <c>pin verify</c> of Kubo never reads raw leaves; <c>repo verify</c> never sees what is
/// absent. The root's hash vouches for the links in it and so on down, so a walk that hashes everything cannot be deceived about content, only about
/// where it came from. A stall is "unknown", never "missing".
/// </remarks>
public static class ReplicaVerifier
{
    /// <summary>Checks the replica of <paramref name="root"/> on the node behind <paramref name="node"/>.</summary>
    public static Task<ReplicaReport> VerifyAsync(IBlockSource node, Cid root, ReplicaCheckOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(options);
        return options.SampleLeaves > 0
            ? ReplicaSampler.RunAsync(node, root, options, cancellationToken)
            : WalkAsync(node, root, options, cancellationToken);
    }

    internal static async Task<BlockFetch> ReadAsync(IBlockSource node, Cid cid, CancellationToken cancellationToken) =>
        cid.IsIdentity ? BlockFetch.Of(cid.Hash.Digest.ToArray()) : await node.GetAsync(cid, cancellationToken).ConfigureAwait(false);

    private static async Task<ReplicaReport> WalkAsync(IBlockSource node, Cid root, ReplicaCheckOptions options, CancellationToken cancellationToken)
    {
        var tally = new ReplicaTally(root, options);
        var seen = new HashSet<DagKey> { DagKey.Of(root) };
        var frontier = new Stack<(Cid Cid, int Depth)>();
        var running = new List<Task<(Cid Cid, int Depth, BlockFetch Answer)>>();
        frontier.Push((root, 0));
        var stopped = false;
        while ((frontier.Count > 0 && !stopped) || running.Count > 0)
        {
            while (!stopped && running.Count < options.Parallel && frontier.TryPop(out var next))
            {
                running.Add(AskAsync(node, next.Cid, next.Depth, cancellationToken));
            }

            var done = await Task.WhenAny(running).ConfigureAwait(false);
            running.Remove(done);
            var (cid, depth, answer) = await done.ConfigureAwait(false);
            if (answer.Status == FetchStatus.Found)
            {
                stopped |= !Follow(new Block(cid, answer.Data), depth, frontier, seen, tally, options.Limits);
            }
            else
            {
                tally.Bad(cid, answer);
            }

            stopped |= tally.GiveUp;
        }

        return tally.Report(full: !stopped);
    }

    private static async Task<(Cid Cid, int Depth, BlockFetch Answer)> AskAsync(IBlockSource node, Cid cid, int depth, CancellationToken cancellationToken) =>
        (cid, depth, await ReadAsync(node, cid, cancellationToken).ConfigureAwait(false));

    /// <summary>False when a limit ends the walk.</summary>
    private static bool Follow(Block block, int depth, Stack<(Cid Cid, int Depth)> frontier, HashSet<DagKey> seen, ReplicaTally tally, DagLimits limits)
    {
        var links = new List<Cid>();
        var problem = BlockLinks.Read(block, links);
        tally.Good(block.Data.Length, depth, links.Count == 0);
        if (problem is null && links.Count > 0)
        {
            problem = depth >= limits.MaxDepth ? DagProblem.TooDeep
                : links.Count > limits.MaxLinks ? DagProblem.TooWide
                : (long)frontier.Count + links.Count > limits.MaxPending ? DagProblem.TooManyBlocks
                : null;
        }

        if (problem is { } wrong)
        {
            // The bytes are the right ones; that they cannot be followed is the content's fault and not the node's.
            tally.Unclear(BlockLoader.Describe(wrong, block.Cid));
            return false;
        }

        for (var i = links.Count - 1; i >= 0; i--)
        {
            var key = DagKey.Of(links[i]);
            if (seen.Contains(key))
            {
                continue;
            }

            if (seen.Count >= limits.MaxBlocks)
            {
                tally.Unclear(BlockLoader.Describe(DagProblem.TooManyBlocks, block.Cid));
                return false;
            }

            seen.Add(key);
            frontier.Push((links[i], depth + 1));
        }

        return true;
    }
}
