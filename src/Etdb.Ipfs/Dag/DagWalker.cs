using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>Limits of a walk. The defaults let through 4 TiB in 256 KiB blocks and stop whatever is built to harm.</summary>
public sealed record DagLimits
{
    /// <summary>Most levels below the root; a balanced file of 174 links needs five for 4 TiB, directories add theirs.</summary>
    public int MaxDepth { get; init; } = 1024;

    /// <summary>Most links of one block.</summary>
    public int MaxLinks { get; init; } = BlockLimits.MaxLinks;

    /// <summary>Most different blocks of one walk; each costs about 100 bytes of memory.</summary>
    public long MaxBlocks { get; init; } = 1L << 24;

    /// <summary>Most links that wait to be followed, over all levels.</summary>
    public int MaxPending { get; init; } = 1 << 24;
}

/// <summary>One step of a walk: a block that was seen for the first time, at <paramref name="Depth"/> below the root, good or with its problem.</summary>
public readonly record struct DagStep(Cid Cid, int Depth, ReadOnlyMemory<byte> Data, DagProblem? Problem);

/// <summary>
/// Walks a DAG depth first, parents before children, links in their order, each block once (once for each codec it is linked by, because that decides
/// what lies below it): the order of <c>ipfs dag export</c>. Blocks are hashed. It keeps
/// an explicit stack, so that depth costs memory that is limited and not the thread's stack; a cycle is impossible to hash but would end at the second
/// sight of its block. A block with a problem is reported and not followed; a broken limit is reported and ends the walk.
/// </summary>
public static class DagWalker
{
    /// <summary>Every different block below <paramref name="root"/>, the root first.</summary>
    public static async IAsyncEnumerable<DagStep> WalkAsync(
        IBlockReader reader, Cid root, DagLimits limits, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(limits);
        var seen = new HashSet<Cid>();
        var stack = new Stack<(Cid Cid, int Depth)>();
        var links = new List<Cid>();
        stack.Push((root, 0));
        while (stack.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!seen.Add(next.Cid.ToV1()))
            {
                continue;
            }

            if (seen.Count > limits.MaxBlocks)
            {
                yield return new DagStep(next.Cid, next.Depth, default, DagProblem.TooManyBlocks);
                yield break;
            }

            var (block, problem) = await BlockLoader.TryLoadAsync(reader, next.Cid, cancellationToken).ConfigureAwait(false);
            links.Clear();
            problem ??= BlockLinks.Read(block, links);
            problem ??= Exceeds(limits, links.Count, next.Depth, stack.Count);
            yield return new DagStep(next.Cid, next.Depth, block.Data, problem);
            if (problem is DagProblem.TooDeep or DagProblem.TooWide or DagProblem.TooManyBlocks)
            {
                yield break;
            }

            if (problem is null)
            {
                PushUnseen(stack, seen, links, next.Depth + 1);
            }
        }
    }

    private static DagProblem? Exceeds(DagLimits limits, int links, int depth, int pending) => (links, depth) switch
    {
        (0, _) => null,
        _ when links > limits.MaxLinks => DagProblem.TooWide,
        _ when depth >= limits.MaxDepth => DagProblem.TooDeep,
        _ when (long)pending + links > limits.MaxPending => DagProblem.TooManyBlocks,
        _ => null,
    };

    private static void PushUnseen(Stack<(Cid Cid, int Depth)> stack, HashSet<Cid> seen, List<Cid> links, int depth)
    {
        for (var i = links.Count - 1; i >= 0; i--)
        {
            if (!seen.Contains(links[i].ToV1()))
            {
                stack.Push((links[i], depth));
            }
        }
    }
}
