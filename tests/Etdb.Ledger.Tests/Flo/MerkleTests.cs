namespace Etdb.Ledger.Tests.Flo;

public sealed class MerkleTests
{
    private static Hash256[] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => Hash256.DoubleSha256([(byte)i, (byte)(i >> 8)]))];

    [Fact]
    public void Every_leaf_of_every_tree_is_proven_and_nothing_else()
    {
        for (var count = 1; count <= 33; count++)
        {
            var leaves = Leaves(count);
            var root = MerkleTree.Root(leaves);
            for (var i = 0; i < count; i++)
            {
                var proof = MerkleTree.Prove(leaves, i);
                Assert.True(proof.Verify(leaves[i], root));
                Assert.False(proof.Verify(Hash256.DoubleSha256("other"u8), root));
                Assert.False(proof.Verify(leaves[i], leaves[i]) && count > 1);
                Assert.False((proof with { Index = i + (1 << proof.Siblings.Length) }).Verify(leaves[i], root));
                Assert.False((proof with { Index = -1 }).Verify(leaves[i], root));
            }
        }
    }

    [Fact]
    public void Lists_that_share_a_root_with_another_are_found()
    {
        var leaves = Leaves(3);
        Hash256[] doubled = [.. leaves, leaves[2]];
        Assert.Equal(MerkleTree.Root(leaves), MerkleTree.Root(doubled));
        Assert.False(MerkleTree.IsAmbiguous(leaves));
        Assert.True(MerkleTree.IsAmbiguous(doubled));
    }

    [Fact]
    public void Overlong_proofs_are_refused()
    {
        var proof = new MerkleProof(0, [.. Enumerable.Repeat(Hash256.Zero, MerkleTree.MaxDepth + 1)]);
        Assert.False(proof.Verify(Hash256.Zero, proof.ComputeRoot(Hash256.Zero)));
    }
}
