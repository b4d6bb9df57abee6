using System.Globalization;

namespace Etdb.Ledger.DevChain;

public sealed partial class DevelopmentChain
{
    /// <summary>Blocks one call may mine.</summary>
    public const int MaxMinedAtOnce = 10_000;

    /// <summary>Weight left for header, count and coinbase.</summary>
    private const int ReservedWeight = 20_000;

    private const int BlockVersion = 0x20000000;

    /// <summary>Nonces tried for one block. At regtest's target half of them fit.</summary>
    private const uint MaxNonces = 1 << 16;

    /// <summary>Mines blocks that pay to a script, with everything in the mempool that fits. <paramref name="floData"/> is the coinbase's comment.</summary>
    public IReadOnlyList<ChainEntry> Mine(int blocks, ReadOnlyMemory<byte> script, ReadOnlyMemory<byte> floData, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(blocks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, MaxMinedAtOnce);
        var mined = new List<ChainEntry>(blocks);
        for (var i = 0; i < blocks; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_lock)
            {
                ThrowIfBroken();
                Expire(_time.GetUtcNow());
                var block = Assemble(script, floData);
                var result = AcceptBlock(block, logged: null);
                if (result.Outcome != BlockOutcome.Connected)
                {
                    throw new InvalidOperationException($"The development chain refused its own block: {result.Reason}");
                }

                mined.Add(_best[^1]);
            }
        }

        return mined;
    }

    /// <summary>Mines a block each <paramref name="interval"/> until cancelled; with <paramref name="emptyBlocks"/> false only when something waits.</summary>
    public async Task MineByTimerAsync(TimeSpan interval, ReadOnlyMemory<byte> script, bool emptyBlocks, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            if (emptyBlocks || MempoolCount > 0)
            {
                Mine(1, script, default, cancellationToken);
                Flush();
            }
        }
    }

    private FloBlock Assemble(ReadOnlyMemory<byte> script, ReadOnlyMemory<byte> floData)
    {
        var parent = _best[^1];
        var height = parent.Height + 1;
        var chosen = Choose(parent, out var fees);
        var coinbase = Coinbase(height, Network.Subsidy(height) + fees, script, floData, chosen);
        List<FloTransaction> transactions = [coinbase, .. chosen];
        var root = MerkleTree.Root([.. transactions.Select(t => t.Txid)]);
        var time = Math.Max(parent.MedianTime() + 1, (uint)_time.GetUtcNow().ToUnixTimeSeconds());
        var bits = DifficultySchedule.RequiredBits(height, time, h => parent.At(h).Header, Network);
        for (var nonce = 0u; nonce < MaxNonces; nonce++)
        {
            var header = new FloBlockHeader(BlockVersion, parent.Hash, root, time, bits, nonce);
            if (ProofOfWork.Check(header, Network))
            {
                return FloBlock.Create(header, transactions);
            }
        }

        throw new InvalidOperationException($"No nonce below {MaxNonces} met the target {bits:x8}: this network is too hard for the development chain's miner.");
    }

    /// <summary>In order of arrival, parents before children, as much as fits. A real miner would prefer fees; here nothing competes.</summary>
    private List<FloTransaction> Choose(ChainEntry parent, out long fees)
    {
        fees = 0;
        var weight = ReservedWeight;
        var chosen = new List<FloTransaction>();
        var left = new HashSet<Hash256>();
        foreach (var entry in _mempool.InOrder)
        {
            var fits = weight + entry.Transaction.Weight <= BlockCheck.MaxWeight
                && !entry.Parents.Overlaps(left)
                && TransactionRules.IsFinal(entry.Transaction, parent.Height + 1, parent.MedianTime());
            if (!fits)
            {
                left.Add(entry.Transaction.Txid);
                continue;
            }

            weight += entry.Transaction.Weight;
            fees += entry.Fee;
            chosen.Add(entry.Transaction);
        }

        return chosen;
    }

    private FloTransaction Coinbase(int height, long value, ReadOnlyMemory<byte> script, ReadOnlyMemory<byte> floData, List<FloTransaction> chosen)
    {
        // The order number makes coinbases of two branches at one height differ.
        var unique = FloScript.Push(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"dev {_order}")));
        byte[] scriptSig = [.. BlockRules.HeightPush(height), .. unique];
        var witness = chosen.Exists(t => t.HasWitness);
        var input = witness
            ? new TransactionInput(OutPoint.None, scriptSig, uint.MaxValue, [new byte[Hash256.Size]])
            : new TransactionInput(OutPoint.None, scriptSig, uint.MaxValue);
        List<TransactionOutput> outputs = [new(value, script)];
        if (witness)
        {
            outputs.Add(new TransactionOutput(0, BlockRules.CommitmentScript(chosen)));
        }

        return FloTransaction.Create(FloTransaction.FirstVersionWithFloData, [input], outputs, 0, floData);
    }
}
