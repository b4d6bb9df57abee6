using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Fetch;

/// <summary>How bringing a DAG ended.</summary>
public enum FetchOutcome
{
    /// <summary>Every block is in the store, hashed and synchronised.</summary>
    Complete = 0,

    /// <summary>No source has some block.</summary>
    NoProviders = 1,

    /// <summary>Sources that may have a block stalled or failed.</summary>
    Stalled = 2,

    /// <summary>The store is full.</summary>
    NoRoom = 3,

    /// <summary>The DAG can never be stored: a malformed block, an unsupported hash or codec, or a limit.</summary>
    BadContent = 4,

    /// <summary>The disk of the store failed.</summary>
    DiskError = 5,
}

/// <summary>How far a fetch has come; monotonous. Moved counts what had to be brought, the rest was here.</summary>
public readonly record struct FetchProgress(long Blocks, long Bytes, long BlocksMoved, long BytesMoved);

/// <summary>How a fetch ended. What was brought stays in the store, so that the next try begins there.</summary>
public sealed record FetchResult(FetchOutcome Outcome, FetchProgress Moved, string? Detail);

/// <summary>
/// Brings a DAG into a store block by block: what is here is read and hashed, what is missing or bad is asked of the sources, several blocks at
/// a time over all of them. Every block is hashed before it is written. The frontier is a stack, so what waits to be asked for stays few; the hashes
/// that were seen are kept (about 100 bytes a block, limited by <see cref="DagLimits.MaxBlocks"/>). Blocks are acknowledged together at the end; after a crash the ones that are on disk are not asked for again.
/// </summary>
public sealed class DagFetcher
{
    private readonly BlockStore _store;
    private readonly SourcePool _sources;
    private readonly DagLimits _limits;
    private readonly HashSet<DagKey> _seen = [];
    private readonly Stack<(Cid Cid, int Depth)> _frontier = [];
    private readonly BlockBatch _batch;
    private FetchProgress _progress;

    /// <summary>One fetcher brings one DAG.</summary>
    public DagFetcher(BlockStore store, SourcePool sources, DagLimits limits)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(limits);
        _store = store;
        _sources = sources;
        _limits = limits;
        _batch = store.BeginBatch();
    }

    /// <summary>Blocks asked for at the same time.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Brings everything below <paramref name="root"/> (or the root alone when not <paramref name="recursive"/>). The caller holds a lease.</summary>
    public async Task<FetchResult> RunAsync(Cid root, bool recursive, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        _frontier.Push((root, 0));
        _seen.Add(DagKey.Of(root));
        var running = new List<Task<Arrived>>(Parallel);
        try
        {
            while (_frontier.Count > 0 || running.Count > 0)
            {
                while (running.Count < Parallel && _frontier.TryPop(out var next))
                {
                    running.Add(BringAsync(next.Cid, next.Depth, cancellationToken));
                }

                var done = await Task.WhenAny(running).ConfigureAwait(false);
                running.Remove(done);
                var arrived = await done.ConfigureAwait(false);
                var failure = arrived.Failure ?? (_batch.Refused is null ? Follow(arrived, recursive) : new FetchResult(FetchOutcome.NoRoom, default, "the store is full"));
                if (failure is not null)
                {
                    return await EndAsync(failure, running, cancellationToken).ConfigureAwait(false);
                }

                progress?.Report(_progress);
            }

            return await EndAsync(new FetchResult(FetchOutcome.Complete, default, null), running, cancellationToken).ConfigureAwait(false);
        }
        catch (BlockStoreException error)
        {
            await Task.WhenAll(running.Select(QuietAsync)).ConfigureAwait(false);
            return new FetchResult(FetchOutcome.DiskError, _progress, error.Message);
        }
    }

    private async Task<FetchResult> EndAsync(FetchResult result, List<Task<Arrived>> running, CancellationToken cancellationToken)
    {
        // What is on its way is kept: it need not be brought again by the next try.
        await Task.WhenAll(running.Select(QuietAsync)).ConfigureAwait(false);
        var flushed = await _batch.FlushAsync(cancellationToken).ConfigureAwait(false);
        return (result.Outcome, flushed) switch
        {
            (FetchOutcome.Complete, PutOutcome.NoRoom) => new FetchResult(FetchOutcome.NoRoom, _progress, "the store is full"),
            (FetchOutcome.Complete, PutOutcome.TooLarge) => new FetchResult(FetchOutcome.BadContent, _progress, "a block is larger than the store takes"),
            _ => result with { Moved = _progress },
        };
    }

    private static async Task QuietAsync(Task<Arrived> task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception error) when (error is BlockStoreException or OperationCanceledException)
        {
            // The first failure is the one that is reported.
        }
    }

    private FetchResult? Follow(Arrived arrived, bool recursive)
    {
        _progress = new FetchProgress(
            _progress.Blocks + 1,
            _progress.Bytes + arrived.Bytes,
            _progress.BlocksMoved + (arrived.Moved ? 1 : 0),
            _progress.BytesMoved + (arrived.Moved ? arrived.Bytes : 0));
        if (!recursive)
        {
            return null;
        }

        var (links, problem) = (arrived.Links, arrived.Problem);
        if (problem is null && links.Count > 0)
        {
            problem = arrived.Depth >= _limits.MaxDepth ? DagProblem.TooDeep
                : links.Count > _limits.MaxLinks ? DagProblem.TooWide
                : (long)_frontier.Count + links.Count > _limits.MaxPending || _seen.Count + (long)links.Count > _limits.MaxBlocks ? DagProblem.TooManyBlocks
                : null;
        }

        if (problem is { } wrong)
        {
            return new FetchResult(FetchOutcome.BadContent, default, BlockLoader.Describe(wrong, arrived.Cid));
        }

        for (var i = links.Count - 1; i >= 0; i--)
        {
            if (_seen.Add(DagKey.Of(links[i])))
            {
                _frontier.Push((links[i], arrived.Depth + 1));
            }
        }

        return null;
    }

    private async Task<Arrived> BringAsync(Cid cid, int depth, CancellationToken cancellationToken)
    {
        if (cid.IsIdentity)
        {
            return Arrived.With(new Block(cid, cid.Hash.Digest.ToArray()), depth, moved: false);
        }

        if (!BlockKeys.TryFrom(cid, out var key))
        {
            return Arrived.Failed(FetchOutcome.BadContent, BlockLoader.Describe(DagProblem.UnsupportedHash, cid));
        }

        if (_store.Touch(key))
        {
            var local = _store.Read(key);
            if (local.Found)
            {
                return Arrived.With(new Block(cid, local.Data), depth, moved: false);
            }

            if (local.Status == ReadStatus.Failed)
            {
                return Arrived.Failed(FetchOutcome.DiskError, local.Detail ?? "the disk failed");
            }
        }

        var answer = await _sources.GetAsync(cid, cancellationToken).ConfigureAwait(false);
        if (answer.Status != FetchStatus.Found)
        {
            return Arrived.Failed(answer.Status == FetchStatus.NotFound ? FetchOutcome.NoProviders : FetchOutcome.Stalled, answer.Detail ?? "no source answered");
        }

        // The links are read before the bytes are handed over: their buffer goes back to the pool when they are written.
        var arrived = Arrived.With(new Block(cid, answer.Data), depth, moved: true);
        await _batch.AddAsync(key, answer.Data, answer.GiveBack, cancellationToken).ConfigureAwait(false);
        return arrived;
    }

    private sealed record Arrived(Cid Cid, int Depth, int Bytes, IReadOnlyList<Cid> Links, DagProblem? Problem, bool Moved, FetchResult? Failure)
    {
        public static Arrived With(Block block, int depth, bool moved)
        {
            var links = new List<Cid>();
            var problem = BlockLinks.Read(block, links);
            return new Arrived(block.Cid, depth, block.Data.Length, links, problem, moved, null);
        }

        public static Arrived Failed(FetchOutcome outcome, string detail) => new(default, 0, 0, [], null, Moved: false, new FetchResult(outcome, default, detail));
    }
}
