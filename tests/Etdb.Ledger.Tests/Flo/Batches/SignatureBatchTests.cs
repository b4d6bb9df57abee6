using System.Text;
using Etdb.Ledger.Flo.Crypto.Batches;

namespace Etdb.Ledger.Tests.Flo.Batches;

/// <summary>A batch says yes exactly when libsecp256k1 recovers the right key from every signature.</summary>
public sealed class SignatureBatchTests
{
    private sealed record Item(string Owner, byte[] Key, byte[] Digest, byte[] Signature, int Id);

    private static Item Make(int key, int message, bool compressed = true)
    {
        var secret = new byte[32];
        secret[31] = (byte)(key + 1);
        var digest = MessageSignature.Digest(Encoding.UTF8.GetBytes($"message {message}")).ToArray();
        var publicKey = new byte[compressed ? 33 : 65];
        var signature = new byte[64];
        Assert.True(Secp256k1.Instance.TryDerivePublicKey(secret, publicKey));
        Assert.True(Secp256k1.Instance.TrySign(digest, secret, signature, out var id));
        return new Item($"key {key}", publicKey, digest, signature, id);
    }

    private static bool Verify(IEnumerable<Item> items)
    {
        var batch = new SignatureBatch();
        foreach (var item in items)
        {
            batch.Add(item.Owner, item.Key, item.Digest, item.Signature, item.Id);
        }

        return batch.Verify();
    }

    private static bool Recovers(Item item)
    {
        var key = new byte[item.Key.Length];
        return Secp256k1.Instance.TryRecover(item.Digest, item.Signature, item.Id, key) && key.AsSpan().SequenceEqual(item.Key);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(70)]
    [InlineData(300)]
    [InlineData(1300)]
    public void Right_signatures_hold_in_batches_of_any_size(int count) => Assert.True(Verify(Enumerable.Range(0, count).Select(i => Make(i % 7, i, i % 7 != 3))));

    [Fact]
    public void The_same_signature_many_times_holds() => Assert.True(Verify(Enumerable.Repeat(Make(1, 1), 40)));

    [Fact]
    public void High_s_with_the_other_point_holds_as_recovery_has_it()
    {
        var item = Make(1, 1);
        var order = Convert.FromHexString("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141");
        var s = new System.Numerics.BigInteger(order, true, true) - new System.Numerics.BigInteger(item.Signature.AsSpan(32), true, true);
        var high = s.ToByteArray(true, true);
        byte[] signature = [.. item.Signature.AsSpan(0, 32), .. new byte[32 - high.Length], .. high];
        var other = item with { Signature = signature, Id = item.Id ^ 1 };
        Assert.True(Recovers(other));
        Assert.True(Verify([other, Make(2, 2)]));
        Assert.False(Verify([other with { Id = item.Id }, Make(2, 2)]));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(90)]
    public void One_wrong_signature_among_many_is_noticed(int count)
    {
        var random = new Random(7);
        Item[] right = [.. Enumerable.Range(0, count).Select(i => Make(i % 5, i))];
        for (var round = 0; round < 60; round++)
        {
            var at = random.Next(right.Length);
            var item = right[at];
            var (digest, signature, id) = (item.Digest.ToArray(), item.Signature.ToArray(), item.Id);
            switch (random.Next(4))
            {
                case 0:
                    digest[random.Next(32)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    signature[random.Next(64)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    id = random.Next(4) is var other && other != id ? other : id ^ 1;
                    break;
                default:
                    signature.AsSpan(random.Next(2) * 32, 32).Fill((byte)(random.Next(2) * 0xff));
                    break;
            }

            var wrong = item with { Digest = digest, Signature = signature, Id = id };
            Item[] all = [.. right];
            all[at] = wrong;
            Assert.Equal(Recovers(wrong), Verify(all));
        }
    }

    [Fact]
    public void Signatures_of_two_keys_do_not_stand_for_each_other()
    {
        var (a, b) = (Make(1, 1), Make(2, 2));
        Assert.False(Verify([a with { Key = b.Key, Owner = b.Owner }, b with { Key = a.Key, Owner = a.Owner }]));
        Assert.False(Verify([a with { Signature = b.Signature, Id = b.Id }, b with { Signature = a.Signature, Id = a.Id }]));
    }
}
