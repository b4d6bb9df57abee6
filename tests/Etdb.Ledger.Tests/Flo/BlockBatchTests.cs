namespace Etdb.Ledger.Tests.Flo;

/// <summary>Blocks read together are the blocks read alone, and those that are none get the error they get alone.</summary>
public sealed class BlockBatchTests
{
    [Fact]
    public void A_batch_is_its_blocks_one_by_one_whatever_is_wrong_with_some()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var raws = Enumerable.Range(0, random.Next(1, 40)).Select(_ => Spoil(random, Block(random).Raw.ToArray())).Select(r => (ReadOnlyMemory<byte>)r).ToList();
            var parsed = FloBlock.ParseMany(raws);
            Assert.Equal(raws.Count, parsed.Count);
            for (var i = 0; i < raws.Count; i++)
            {
                AssertSame(raws[i], parsed[i]);
            }
        }
    }

    [Fact]
    public void More_messages_than_are_hashed_together_make_no_difference()
    {
        var random = new Random(7);
        var raws = new List<ReadOnlyMemory<byte>>();
        foreach (var transactions in (int[])[1, 4094, 1, 5000, 3, 2, 1, 2100, 1996, 0])
        {
            raws.Add(Block(random, transactions).Raw);
        }

        var parsed = FloBlock.ParseMany(raws);
        Assert.All(raws.Zip(parsed), p => AssertSame(p.First, p.Second));
    }

    [Fact]
    public void Nothing_gives_nothing()
    {
        Assert.Empty(FloBlock.ParseMany([]));
        Assert.NotNull(FloBlock.ParseMany([new byte[3]])[0].Error);
    }

    // The ids are compared with .NET's own hash, the tree with the plain one.
    private static void AssertSame(ReadOnlyMemory<byte> raw, ParsedBlock parsed)
    {
        FloBlock alone;
        try
        {
            alone = FloBlock.Parse(raw);
        }
        catch (FormatException e)
        {
            Assert.Null(parsed.Block);
            Assert.Equal(e.Message, parsed.Error!.Message);
            return;
        }

        Assert.Null(parsed.Error);
        var block = parsed.Block!;
        Assert.Equal(alone.Raw, block.Raw);
        Assert.Equal(Twice(raw.Span[..FloBlockHeader.Size]), block.Hash);
        Assert.Equal(alone.Hash, block.Hash);
        Assert.Equal(alone.Transactions.Select(t => (t.Txid, t.Wtxid)), block.Transactions.Select(t => (t.Txid, t.Wtxid)));
        Assert.All(block.Transactions.Take(50), t => Assert.Equal((Twice(t.SerializeBase()), Twice(t.Raw.Span)), (t.Txid, t.Wtxid)));
        Hash256[] ids = [.. block.Transactions.Select(t => t.Txid)];
        Assert.Equal(MerkleTree.Root(ids, out var isAmbiguous), block.ComputeMerkleRoot());
        Assert.Equal(isAmbiguous, block.IsMerkleAmbiguous());
        for (var i = 0; i < Math.Min(ids.Length, 20); i++)
        {
            Assert.True(block.Prove(i).Verify(ids[i], block.ComputeMerkleRoot()));
            Assert.Equal(MerkleTree.Prove(ids, i).Siblings, block.Prove(i).Siblings);
        }
    }

    /// <summary>One in three is cut, lengthened or changed somewhere.</summary>
    private static byte[] Spoil(Random random, byte[] raw)
    {
        switch (random.Next(12))
        {
            case 0:
                return raw[..random.Next(raw.Length)];
            case 1:
                return [.. raw, 0];
            case 2 or 3:
                raw[random.Next(raw.Length)] ^= (byte)(1 << random.Next(8));
                return raw;
            default:
                return raw;
        }
    }

    private static FloBlock Block(Random random, int? transactions = null)
    {
        var list = Enumerable.Range(0, transactions ?? (random.Next(5) == 0 ? random.Next(80) : random.Next(6))).Select(_ => Transaction(random)).ToList();
        if (list.Count > 1 && random.Next(4) == 0)
        {
            list[^1] = list[^2]; // the pair that makes a tree ambiguous, when it stands at an even place
        }

        return FloBlock.Create(new FloBlockHeader(4, new Hash256(Bytes(random, 32)), Hash256.Zero, (uint)random.Next(), 0x207fffff, 0), list);
    }

    private static FloTransaction Transaction(Random random)
    {
        var witness = random.Next(5) == 0 ? [(ReadOnlyMemory<byte>)Bytes(random, 1 + random.Next(80))] : System.Collections.Immutable.ImmutableArray<ReadOnlyMemory<byte>>.Empty;
        var input = new TransactionInput(new OutPoint(new Hash256(Bytes(random, 32)), 1), Bytes(random, random.Next(120)), 7, witness);
        return FloTransaction.Create(2, [input], [new TransactionOutput(5, Bytes(random, random.Next(40)))], 0, Bytes(random, random.Next(4) == 0 ? 1040 : random.Next(60)));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Hash256 Twice(ReadOnlySpan<byte> bytes) => new(System.Security.Cryptography.SHA256.HashData(System.Security.Cryptography.SHA256.HashData(bytes)));
}
