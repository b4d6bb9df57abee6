using System.Globalization;
using System.Numerics;
using Etdb.Ledger.Flo.Notify;
using Etdb.Ledger.Flo.Rpc;

namespace Etdb.Ledger.Indexing.Following;

/// <summary>
/// Keeps an index on the best chain of a node. It fetches in batches, one ahead of the one being checked, verifies everything itself, and
/// goes over to another branch only when that has more work; then the index is taken back to the fork exactly and led on in one commit. Whatever
/// a node answers, the index holds a valid chain, and what was wrong is named in <see cref="Problem"/>. One call at a time.
/// </summary>
public sealed class LedgerFollower
{
    private static readonly Dictionary<int, FloBlockHeader> NoBranch = [];

    private readonly IChainSource _source;
    private readonly LedgerIndex _index;
    private readonly FollowerOptions _options;
    private readonly TimeProvider _time;
    private readonly BlockVerifier _verifier;
    private readonly Queue<DateTimeOffset> _reorganisations = new();
    private int _batch;
    private bool _isRightChain;

    /// <summary>Follows <paramref name="source"/> into <paramref name="index"/>.</summary>
    public LedgerFollower(IChainSource source, LedgerIndex index, FollowerOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        (_source, _index, _options, _time) = (source, index, options, time);
        _verifier = new BlockVerifier(index.Network, index.StartHeight, options.FurtherCheckpoints);
        _batch = Math.Max(1, options.BatchBlocks);
    }

    /// <summary>Height the node reported last; null while it does not answer.</summary>
    public int? NodeHeight { get; private set; }

    /// <summary>What is wrong now; null when all is well.</summary>
    public LedgerProblem? Problem { get; private set; }

    /// <summary>The index it leads.</summary>
    public LedgerIndex Index => _index;

    /// <summary>
    /// Follows as far as the node's chain goes, at most <see cref="FollowerOptions.StepBudget"/> long. True when the index is at the node's tip. A
    /// failing or lying node is no exception: see <see cref="Problem"/>.
    /// </summary>
    public async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isAtTip = await CatchUpUncheckedAsync(cancellationToken).ConfigureAwait(false);
            Problem = null;
            return isAtTip;
        }
        catch (LedgerProblemException e)
        {
            Problem = e.Problem;
        }
        catch (FloNodeException e)
        {
            Problem = Name(e);
            NodeHeight = null;
        }

        return false;
    }

    /// <summary>Follows until cancelled, polling at the tip; sooner when <paramref name="signal"/> says so.</summary>
    public async Task RunAsync(CancellationToken cancellationToken, ITipSignal? signal = null)
    {
        var wait = _options.PollInterval;
        while (true)
        {
            var isAtTip = await CatchUpAsync(cancellationToken).ConfigureAwait(false);
            if (Problem is null && !isAtTip)
            {
                continue; // only the budget ended
            }

            wait = Problem is null ? _options.PollInterval : TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, _options.LongestWait.Ticks));
            await (signal is null || Problem is not null ? Task.Delay(wait, _time, cancellationToken) : signal.WaitAsync(wait, cancellationToken)).ConfigureAwait(false);
        }
    }

    private async Task<bool> CatchUpUncheckedAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var height = await _source.GetHeightAsync(cancellationToken).ConfigureAwait(false);
        NodeHeight = height;
        await CheckNetworkAsync(cancellationToken).ConfigureAwait(false);
        if (!await FindForkAsync(height, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        var next = Math.Max((int)(_index.Tip?.Height ?? -1) + 1, _index.StartHeight);
        var pending = next <= height ? PrepareAsync(next, height, FetchAsync(next, height, cancellationToken), NoBranch, cancellationToken) : null;
        try
        {
            while (pending is not null && _time.GetElapsedTime(started) < _options.StepBudget)
            {
                var prepared = await pending.ConfigureAwait(false);
                if (prepared.Blocks.Count == 0)
                {
                    throw new LedgerProblemException(
                        LedgerProblemKind.Inconsistent,
                        string.Create(CultureInfo.InvariantCulture, $"{_source.Name} says its height is {height}, but has no block at {next}"));
                }

                var following = next + prepared.Blocks.Count;
                pending = prepared.Ahead is null ? null : PrepareAsync(following, height, prepared.Ahead, prepared.Headers, cancellationToken);
                _index.Apply(next - 1, prepared.Blocks, height);
                next = following;
            }
        }
        finally
        {
            await DropAsync(pending).ConfigureAwait(false);
            _index.MakeDurable();
        }

        return next > height;
    }

    /// <summary>A run of blocks ready to be applied, and the fetch of the run after it.</summary>
    private sealed record Prepared(IReadOnlyList<IncomingBlock> Blocks, IReadOnlyDictionary<int, FloBlockHeader> Headers, Task<FetchedBlocks>? Ahead);

    /// <summary>
    /// Waits for a run, asks for the next one, and checks it; on another thread, so that one run is committed while the next is checked and the one
    /// after that is on its way. <paramref name="before"/> holds the headers of the run before, which may not be in the store yet.
    /// </summary>
    private async Task<Prepared> PrepareAsync(
        int first, int last, Task<FetchedBlocks> fetch, IReadOnlyDictionary<int, FloBlockHeader> before, CancellationToken cancellationToken)
    {
        await ((Task)fetch).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var fetched = await fetch.ConfigureAwait(false);
        var following = first + fetched.Blocks.Count;

        // An empty run ends the step: the node's chain became shorter meanwhile, or it lied about its height.
        var ahead = fetched.Blocks.Count > 0 && following <= last ? FetchAsync(following, last, cancellationToken) : null;
        try
        {
            var headers = fetched.Blocks.Select((b, i) => (b.Header, Height: first + i)).ToDictionary(h => h.Height, h => h.Header);
            return new Prepared(Verify(fetched, first, before), headers, ahead);
        }
        catch
        {
            await DropAsync(ahead).ConfigureAwait(false);
            throw;
        }
    }

    private sealed record FetchedBlocks(IReadOnlyList<FloBlock> Blocks);

    private async Task<FetchedBlocks> FetchAsync(int first, int last, CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = Math.Min(_batch, last - first + 1);
            try
            {
                var hashes = await _source.GetHashesAsync(first, count, cancellationToken).ConfigureAwait(false);
                var known = hashes.TakeWhile(h => h is not null).Select(h => h!.Value).ToList();
                var blocks = await _source.GetBlocksAsync(known, cancellationToken).ConfigureAwait(false);
                return blocks.Contains(null)
                    ? throw new LedgerProblemException(LedgerProblemKind.Inconsistent, $"{_source.Name} names blocks it does not have")
                    : new FetchedBlocks([.. blocks.Select(b => b!)]);
            }
            catch (FloNodeException e) when (e.Failure == FloNodeFailure.AnswerTooLarge && _batch > 1)
            {
                _batch = Math.Max(1, _batch / 2);
            }
        }
    }

    /// <summary>Checks a run of blocks and reads their comments, on all cores; <paramref name="branch"/> holds headers between the index and the run.</summary>
    private IReadOnlyList<IncomingBlock> Verify(FetchedBlocks fetched, int first, IReadOnlyDictionary<int, FloBlockHeader> branch)
    {
        for (var i = 0; i < fetched.Blocks.Count; i++)
        {
            _verifier.CheckLink(fetched.Blocks[i].Header, first + i, HeaderAt);
        }

        try
        {
            return _index.ReadRun([.. fetched.Blocks.Select((block, i) => (block, first + i))], _verifier.CheckAlone);
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions.OfType<LedgerProblemException>().FirstOrDefault() is { } problem)
        {
            throw new LedgerProblemException(problem.Problem.Kind, problem.Problem.Detail);
        }

        FloBlockHeader HeaderAt(int height) =>
            height >= first ? fetched.Blocks[height - first].Header
            : branch.TryGetValue(height, out var header) ? header
            : _index.ReadStore(s => s.HeaderAt(height))
                ?? throw new LedgerProblemException(LedgerProblemKind.Inconsistent, string.Create(CultureInfo.InvariantCulture, $"no header is known at {height}"));
    }

    private async Task CheckNetworkAsync(CancellationToken cancellationToken)
    {
        if (_isRightChain)
        {
            return;
        }

        var genesis = (await _source.GetHashesAsync(0, 1, cancellationToken).ConfigureAwait(false))[0];
        if (genesis != _index.Network.Genesis.Hash)
        {
            throw new LedgerProblemException(
                LedgerProblemKind.WrongChain, $"{_source.Name} begins with block {genesis}, but the FLO network '{_index.Network.Name}' with {_index.Network.Genesis.Hash}");
        }

        _isRightChain = true;
    }

    /// <summary>Makes the index a part of the node's chain. False when the node has nothing better.</summary>
    private async Task<bool> FindForkAsync(int nodeHeight, CancellationToken cancellationToken)
    {
        if (_index.Tip is not { } tip)
        {
            return true;
        }

        var fork = await ForkHeightAsync((int)tip.Height, nodeHeight, cancellationToken).ConfigureAwait(false);
        if (fork == tip.Height)
        {
            return true;
        }

        CountReorganisation();
        if (nodeHeight - fork > _options.LongestBranch)
        {
            throw new LedgerProblemException(
                LedgerProblemKind.EndlessReorganisations,
                string.Create(CultureInfo.InvariantCulture, $"{_source.Name} offers another branch of {nodeHeight - fork} blocks from {fork}; at most {_options.LongestBranch} are weighed"));
        }

        await SwitchAsync(fork, nodeHeight, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Highest height at which index and node agree, found by steps that double.</summary>
    private async Task<int> ForkHeightAsync(int tip, int nodeHeight, CancellationToken cancellationToken)
    {
        var step = 1;
        for (var height = tip; height >= _index.StartHeight;)
        {
            var first = Math.Max(_index.StartHeight, height - step + 1);
            var theirs = await _source.GetHashesAsync(first, height - first + 1, cancellationToken).ConfigureAwait(false);
            for (var i = theirs.Count - 1; i >= 0; i--)
            {
                if (theirs[i] is { } hash && first + i <= nodeHeight && _index.ReadStore(s => s.HashAt(first + i)) == hash)
                {
                    return first + i;
                }
            }

            height = first - 1;
            step = Math.Min(step * 2, 1000);
        }

        throw new LedgerProblemException(
            LedgerProblemKind.WrongChain,
            string.Create(CultureInfo.InvariantCulture, $"{_source.Name} has no block in common with the index, not even at its start height {_index.StartHeight}"));
    }

    private async Task SwitchAsync(int fork, int nodeHeight, CancellationToken cancellationToken)
    {
        var ours = _index.ReadStore(s => s.HeadersFrom(fork + 1).Aggregate(BigInteger.Zero, (sum, h) => sum + CompactTarget.Work(h.Bits)));
        var theirs = BigInteger.Zero;
        var branch = new Dictionary<int, FloBlockHeader>();
        var incoming = new List<IncomingBlock>();
        var isKnown = false; // a known block settles it, whatever work the other branch claims
        for (var next = fork + 1; next <= nodeHeight && theirs <= ours && !isKnown;)
        {
            var fetched = await FetchAsync(next, nodeHeight, cancellationToken).ConfigureAwait(false);
            if (fetched.Blocks.Count == 0)
            {
                break;
            }

            incoming.AddRange(Verify(fetched, next, branch));
            foreach (var block in fetched.Blocks)
            {
                theirs += CompactTarget.Work(block.Header.Bits);
                isKnown |= _verifier.IsCheckpoint(next);
                branch[next++] = block.Header;
            }
        }

        if (theirs <= ours && !isKnown)
        {
            throw new LedgerProblemException(
                LedgerProblemKind.LessWork,
                string.Create(CultureInfo.InvariantCulture, $"{_source.Name} offers a branch from {fork} to {nodeHeight} with no more work than the indexed one; it is not followed"));
        }

        _index.Apply(fork, incoming);
    }

    private void CountReorganisation()
    {
        var now = _time.GetUtcNow();
        while (_reorganisations.TryPeek(out var oldest) && now - oldest > _options.ReorganisationWindow)
        {
            _reorganisations.Dequeue();
        }

        if (_reorganisations.Count >= _options.MostReorganisations)
        {
            throw new LedgerProblemException(
                LedgerProblemKind.EndlessReorganisations,
                string.Create(CultureInfo.InvariantCulture, $"{_source.Name} changed its branch {_reorganisations.Count} times within {_options.ReorganisationWindow.TotalMinutes:0} minutes"));
        }

        _reorganisations.Enqueue(now);
    }

    private LedgerProblem Name(FloNodeException e) => e.Failure switch
    {
        FloNodeFailure.AnswerTooLarge => new(LedgerProblemKind.HugeAnswer, e.Message),
        FloNodeFailure.Malformed => new(LedgerProblemKind.Inconsistent, e.Message),
        FloNodeFailure.Refused or FloNodeFailure.Unauthorized => new(LedgerProblemKind.Refused, e.Message),
        _ => new(LedgerProblemKind.Unreachable, $"{_source.Name}: {e.Message}"),
    };

    /// <summary>Ends work that is no longer wanted. Neither is its failure: the next call asks again.</summary>
    private static async Task DropAsync(Task? task)
    {
        if (task is null)
        {
            return;
        }

        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task is Task<Prepared> { IsCompletedSuccessfully: true } prepared)
        {
            await DropAsync((await prepared.ConfigureAwait(false)).Ahead).ConfigureAwait(false);
        }
    }
}
