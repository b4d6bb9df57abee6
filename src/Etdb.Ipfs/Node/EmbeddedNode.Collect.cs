using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>What a garbage collection removed, or why it removed nothing.</summary>
public sealed record CollectResult(IReadOnlyList<BlockKey> Removed, string? Refused);

public sealed partial class EmbeddedNode
{
    private readonly SemaphoreSlim _collecting = new(1, 1);

    /// <summary>
    /// Removes every block that no pin needs. It cannot take a pinned one: what is too young is fixed first, then the pins are read, and when a
    /// pinned DAG cannot be walked to its end (so that what it needs is not known) nothing is removed at all. Pins go on being added meanwhile.
    /// </summary>
    public async Task<CollectResult> CollectGarbageAsync(CancellationToken cancellationToken)
    {
        await _collecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Repository.Check();
            var sweep = Repository.Blocks.BeginSweep();
            var seen = new HashSet<PinKey>();
            foreach (var pin in Repository.Pins.Snapshot(null))
            {
                if (pin.Kind == PinKind.Direct)
                {
                    if (BlockKeys.TryFrom(pin.Cid, out var direct))
                    {
                        sweep.Mark(direct);
                    }

                    continue;
                }

                await foreach (var (cid, problem) in PinReach.BelowAsync(this, pin.Cid, seen, cancellationToken).ConfigureAwait(false))
                {
                    if (problem is not null)
                    {
                        return new CollectResult([], $"the pin {pin.Cid} cannot be walked ({problem}); heal it or remove it first");
                    }

                    if (BlockKeys.TryFrom(cid, out var key))
                    {
                        sweep.Mark(key);
                    }
                }
            }

            return new CollectResult(sweep.RemoveUnmarked(cancellationToken), null);
        }
        finally
        {
            _collecting.Release();
        }
    }
}
