using System.Security.Cryptography;

namespace Etdb.Ledger.Tests.Flo;

/// <summary>Hashes of many messages at once are those of each alone, whatever their lengths and number.</summary>
public sealed class ManyHashesTests
{
    [Fact]
    public void Blocks_of_any_transactions_have_the_ids_their_transactions_have_alone()
    {
        for (var seed = 0; seed < 120; seed++)
        {
            var random = new Random(seed);
            var transactions = Enumerable.Range(0, 1 + random.Next(70)).Select(_ => Transaction(random)).ToList();
            var block = FloBlock.Create(new FloBlockHeader(4, Hash256.Zero, Hash256.Zero, 1, 0x207fffff, 0), transactions);
            for (var i = 0; i < transactions.Count; i++)
            {
                Assert.Equal(Twice(transactions[i].SerializeBase()), block.Transactions[i].Txid);
                Assert.Equal(Twice(transactions[i].Raw.ToArray()), block.Transactions[i].Wtxid);
            }

            Assert.Equal(Root([.. block.Transactions.Select(t => t.Txid)]), block.ComputeMerkleRoot());
            var at = random.Next(transactions.Count);
            Assert.True(MerkleTree.Prove([.. block.Transactions.Select(t => t.Txid)], at).Verify(block.Transactions[at].Txid, block.ComputeMerkleRoot()));
        }
    }

    [Fact]
    public void Every_length_around_the_edges_of_blocks_is_padded_right()
    {
        var transactions = Enumerable.Range(0, 300).Select(n => FloTransaction.Create(2, [new TransactionInput(OutPoint.None, new byte[] { 1, 2 }, 0)], [], 0, new byte[n])).ToList();
        var block = FloBlock.Create(new FloBlockHeader(4, Hash256.Zero, Hash256.Zero, 1, 0x207fffff, 0), transactions);
        Assert.All(block.Transactions, t => Assert.Equal(Twice(t.Raw.ToArray()), t.Txid));
    }

    private static FloTransaction Transaction(Random random)
    {
        var unlock = Bytes(random, random.Next(150));
        var witness = random.Next(4) == 0 ? [(ReadOnlyMemory<byte>)Bytes(random, 1 + random.Next(80))] : System.Collections.Immutable.ImmutableArray<ReadOnlyMemory<byte>>.Empty;
        var input = new TransactionInput(new OutPoint(new Hash256(Bytes(random, 32)), 1), unlock, 7, witness);
        return FloTransaction.Create(2, [input], [new TransactionOutput(5, Bytes(random, random.Next(60)))], 0, Bytes(random, random.Next(4) == 0 ? 1040 : random.Next(90)));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Hash256 Twice(byte[] bytes) => new(SHA256.HashData(SHA256.HashData(bytes)));

    private static Hash256 Root(List<Hash256> level)
    {
        while (level.Count > 1)
        {
            level = [.. level.Chunk(2).Select(p => Twice([.. p[0].ToArray(), .. p[^1].ToArray()]))];
        }

        return level[0];
    }
}
