using System.Text;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing.Following;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>A regtest chain with real scrypt work, mined on the spot, that a follower can be pointed at and that can lie.</summary>
internal sealed class MinedChain : IChainSource
{
    private readonly List<FloBlock> _best = [FloNetwork.Regtest.Genesis];
    private uint _salt;

    public string Name => "test node";

    public int Height => _best.Count - 1;

    public IReadOnlyList<FloBlock> Best => _best;

    /// <summary>What the node answers instead of a block, by height.</summary>
    public Dictionary<int, Func<FloBlock, FloBlock?>> Lies { get; } = [];

    /// <summary>Thrown by every call while set.</summary>
    public FloNodeException? Failure { get; set; }

    /// <summary>Hash it gives as genesis.</summary>
    public Hash256? GenesisLie { get; set; }

    public int BlocksServed { get; private set; }

    public IReadOnlyList<string> Mine(params string[] comments) => MineAt(null, comments);

    public IReadOnlyList<string> MineAt(uint? time, params string[] comments)
    {
        var tip = _best[^1];
        var transactions = new List<FloTransaction> { Coinbase() };
        transactions.AddRange(comments.Select(c => Comment(Encoding.UTF8.GetBytes(c))));
        _best.Add(Solve(tip.Header, time ?? (tip.Header.Time + 40), transactions));
        return [.. transactions.Skip(1).Select(t => t.Txid.ToString())];
    }

    public void MineEmpty(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Mine();
        }
    }

    /// <summary>Drops blocks above a height, as the first half of a reorganisation.</summary>
    public void CutTo(int height) => _best.RemoveRange(height + 1, _best.Count - height - 1);

    public void Replace(IReadOnlyList<FloBlock> blocks)
    {
        _best.Clear();
        _best.AddRange(blocks);
    }

    public static FloBlock Solve(FloBlockHeader parent, uint time, IReadOnlyList<FloTransaction> transactions, uint? bits = null)
    {
        var root = MerkleTree.Root([.. transactions.Select(t => t.Txid)]);
        for (uint nonce = 0; ; nonce++)
        {
            var header = new FloBlockHeader(4, parent.Hash, root, time, bits ?? parent.Bits, nonce);
            if (ProofOfWork.Check(header, FloNetwork.Regtest))
            {
                return FloBlock.Create(header, transactions);
            }
        }
    }

    public FloTransaction Coinbase() => FloTransaction.Create(
        2, [new TransactionInput(OutPoint.None, BitConverter.GetBytes(++_salt), uint.MaxValue)], [new TransactionOutput(0, new byte[] { 0x6a })], 0, default);

    public FloTransaction Comment(ReadOnlyMemory<byte> floData) => FloTransaction.Create(
        2,
        [new TransactionInput(new OutPoint(Hash256.DoubleSha256(BitConverter.GetBytes(++_salt)), 0), Array.Empty<byte>(), uint.MaxValue)],
        [new TransactionOutput(1000, new byte[] { 0x51 })], 0, floData);

    public Task<int> GetHeightAsync(CancellationToken cancellationToken) => Answer(() => Height);

    public Task<IReadOnlyList<Hash256?>> GetHashesAsync(int first, int count, CancellationToken cancellationToken) => Answer(() =>
        (IReadOnlyList<Hash256?>)[.. Enumerable.Range(first, count).Select(h => h > Height ? (Hash256?)null : h == 0 && GenesisLie is { } lie ? lie : Told(h)!.Hash)]);

    public Task<IReadOnlyList<FloBlock?>> GetBlocksAsync(IReadOnlyList<Hash256> hashes, CancellationToken cancellationToken) => Answer(() =>
    {
        BlocksServed += hashes.Count;
        var byHash = Enumerable.Range(0, _best.Count).Select(Told).Where(b => b is not null).ToDictionary(b => b!.Hash);
        return (IReadOnlyList<FloBlock?>)[.. hashes.Select(h => byHash.GetValueOrDefault(h))];
    });

    private FloBlock? Told(int height) => Lies.TryGetValue(height, out var lie) ? lie(_best[height]) : _best[height];

    private Task<T> Answer<T>(Func<T> answer) => Failure is { } failure ? Task.FromException<T>(failure) : Task.FromResult(answer());
}
