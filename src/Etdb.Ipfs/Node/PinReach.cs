using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>What pins reach: questions that need a walk of pinned DAGs, since only roots are in the index.</summary>
internal static class PinReach
{
    /// <summary>Why a block must stay: <c>recursive</c>, <c>direct</c> or <c>indirect through ROOT</c>; null when no pin needs it.</summary>
    public static async Task<string?> FindHolderAsync(EmbeddedNode node, Cid cid, CancellationToken cancellationToken)
    {
        if (!BlockKeys.TryFrom(cid, out var wanted))
        {
            return null;
        }

        // A pin is of a block, whatever codec it was named with.
        foreach (var pin in node.Repository.Pins.Snapshot(null))
        {
            if (BlockKeys.TryFrom(pin.Cid, out var root) && root == wanted)
            {
                return pin.Kind == PinKind.Recursive ? "recursive" : "direct";
            }
        }

        var seen = new HashSet<PinKey>();
        foreach (var pin in node.Repository.Pins.Snapshot(PinKind.Recursive))
        {
            await foreach (var (child, problem) in BelowAsync(node, pin.Cid, seen, cancellationToken).ConfigureAwait(false))
            {
                if (BlockKeys.TryFrom(child, out var key) && key == wanted)
                {
                    return $"indirect through {pin.Cid}";
                }

                if (problem is not null)
                {
                    return $"unknown, because {pin.Cid} cannot be walked: {problem}";
                }
            }
        }

        return null;
    }

    /// <summary>
    /// Everything at and below a root that is named by sha2-256 and not in <paramref name="seen"/> yet (it is added), under each codec it is linked by. Raw leaves are named without being read.
    /// A block that cannot be read or understood comes with the reason.
    /// </summary>
    public static async IAsyncEnumerable<(Cid Cid, string? Problem)> BelowAsync(
        EmbeddedNode node, Cid root, HashSet<PinKey> seen, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int yieldEvery = 256;
        var stack = new Stack<Cid>();
        var links = new List<Cid>();
        var inline = new HashSet<DagKey>();
        stack.Push(root);
        for (var count = 0; stack.TryPop(out var next); count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (next.IsIdentity && inline.Add(DagKey.Of(next)))
            {
                // It lies in its own name, needs no room and no mark; what it links to does.
                links.Clear();
                if (BlockLinks.Read(new Block(next, next.Hash.Digest.ToArray()), links) is { } wrong)
                {
                    yield return (next, wrong.ToString());
                }

                links.ForEach(stack.Push);
                continue;
            }

            if (next.IsIdentity || !PinKey.TryFrom(next, out var key) || !seen.Add(key))
            {
                continue;
            }

            if (count % yieldEvery == yieldEvery - 1)
            {
                await Task.Yield();
            }

            string? problem = null;
            links.Clear();
            if (next.Codec != Multicodec.Raw)
            {
                var read = node.Repository.Blocks.Read(key.Block);
                problem = read.Found
                    ? BlockLinks.Read(new Block(next, read.Data), links)?.ToString()
                    : $"block {next} is {read.Status}";
            }

            yield return (next, problem);
            for (var i = links.Count - 1; i >= 0; i--)
            {
                stack.Push(links[i]);
            }
        }
    }
}
