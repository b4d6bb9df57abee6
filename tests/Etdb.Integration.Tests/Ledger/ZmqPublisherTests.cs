using System.Diagnostics;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Notify;
using Etdb.Ledger.Flo.Wire;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Ledger;

/// <summary>A publisher socket of libzmq, as flod has one, lets the follower read a block that no poll would have seen for an hour.</summary>
public sealed class ZmqPublisherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_announced_block_is_read_at_once()
    {
        var ct = TestContext.Current.CancellationToken;
        using var publisher = await ZmqPublisher.StartAsync(ct);
        var node = new GrowingChain();
        using var index = LedgerIndex.Open(_folder.At("ledger.db"), FloNetwork.Regtest);
        await using var signal = ZmqTipSignal.Start(publisher.Endpoint, TimeProvider.System);
        var follower = new LedgerFollower(node, index, new FollowerOptions { PollInterval = TimeSpan.FromHours(1) }, TimeProvider.System);
        Assert.True(await signal.WaitAsync(Patience, ct));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = follower.RunAsync(stop.Token, signal);
        await UntilAsync(() => index.Tip?.Height == 0, () => Task.CompletedTask, ct);

        // A subscription may arrive after the first announcement; a node announces every block, so announce again.
        var hash = node.Grow();
        await UntilAsync(() => index.Tip?.Height == 1, () => publisher.AnnounceAsync(hash), ct);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static async Task UntilAsync(Func<bool> condition, Func<Task> meanwhile, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "nothing happened");
            await meanwhile();
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }
    }

    /// <summary>The genesis block and, once grown, one block on it.</summary>
    private sealed class GrowingChain : IChainSource
    {
        private volatile FloBlock[] _blocks = [FloNetwork.Regtest.Genesis];

        public string Name => "test node";

        public string Grow()
        {
            var genesis = FloNetwork.Regtest.Genesis;
            var coinbase = FloTransaction.Create(
                2, [new TransactionInput(OutPoint.None, new byte[] { 1, 1 }, uint.MaxValue)], [new TransactionOutput(0, new byte[] { 0x6a })], 0, default);
            for (uint nonce = 0; ; nonce++)
            {
                var header = new FloBlockHeader(4, genesis.Hash, MerkleTree.Root([coinbase.Txid]), genesis.Header.Time + 40, genesis.Header.Bits, nonce);
                if (Etdb.Ledger.Flo.Consensus.ProofOfWork.Check(header, FloNetwork.Regtest))
                {
                    _blocks = [genesis, FloBlock.Create(header, [coinbase])];
                    return header.Hash.ToString();
                }
            }
        }

        public Task<int> GetHeightAsync(CancellationToken cancellationToken) => Task.FromResult(_blocks.Length - 1);

        public Task<IReadOnlyList<Hash256?>> GetHashesAsync(int first, int count, CancellationToken cancellationToken)
        {
            var blocks = _blocks;
            return Task.FromResult<IReadOnlyList<Hash256?>>([.. Enumerable.Range(first, count).Select(h => h < blocks.Length ? blocks[h].Hash : (Hash256?)null)]);
        }

        public Task<IReadOnlyList<FloBlock?>> GetBlocksAsync(IReadOnlyList<Hash256> hashes, CancellationToken cancellationToken)
        {
            var blocks = _blocks;
            return Task.FromResult<IReadOnlyList<FloBlock?>>([.. hashes.Select(hash => Array.Find(blocks, b => b.Hash == hash))]);
        }
    }
}
