using Etdb.Ledger.DevChain;

namespace Etdb.Ledger.Tests.DevChain;

/// <summary>A development chain with a miner's key and helpers to spend from it.</summary>
internal sealed class ChainFixture : IDisposable
{
    public ChainFixture(DevelopmentChainOptions? options = null, TimeProvider? time = null, string comment = "")
    {
        Chain = DevelopmentChain.Open(options ?? new DevelopmentChainOptions(), time ?? TimeProvider.System);
        Comment = System.Text.Encoding.UTF8.GetBytes(comment);
    }

    public DevelopmentChain Chain { get; }

    /// <summary>Comment of mined coinbases: makes the chains of two miners differ.</summary>
    public byte[] Comment { get; }

    public FloKey Key { get; } = FloKey.FromSecret(Enumerable.Repeat((byte)0x11, 32).ToArray());

    public byte[] Script => FloScript.PayToPublicKeyHash(Key.PublicKeyHash);

    public IReadOnlyList<ChainEntry> Mine(int blocks) => Chain.Mine(blocks, Script, Comment, CancellationToken.None);

    /// <summary>Outputs of the miner that can be spent now.</summary>
    public List<(OutPoint OutPoint, Coin Coin)> Spendable() =>
        [.. Chain.ListUnspent(Script).Where(u => u.Coin.Height != Coin.InMempool && u.Coin.IsMatureAt(Chain.Tip.Height + 1))];

    /// <summary>Signs a transaction that spends P2PKH outputs of the key.</summary>
    public FloTransaction Sign(IEnumerable<OutPoint> spent, IEnumerable<TransactionOutput> outputs, string floData = "", uint sequence = uint.MaxValue)
    {
        List<TransactionInput> inputs = [.. spent.Select(o => new TransactionInput(o, default, sequence))];
        List<TransactionOutput> list = [.. outputs];
        var unsigned = FloTransaction.Create(2, inputs, list, 0, System.Text.Encoding.UTF8.GetBytes(floData));
        for (var i = 0; i < inputs.Count; i++)
        {
            var digest = SignatureHash.Legacy(unsigned, i, Script, SignatureHash.All).ToArray();
            byte[] signature = [.. EcdsaSignature.ToDer(Key.Sign(digest).Compact), SignatureHash.All];
            inputs[i] = inputs[i] with { ScriptSig = (byte[])[.. FloScript.Push(signature), .. FloScript.Push(Key.PublicKey)] };
        }

        return FloTransaction.Create(2, inputs, list, 0, unsigned.FloData);
    }

    /// <summary>Spends one output back to the key, less a fee.</summary>
    public FloTransaction Spend(OutPoint outPoint, long value, long fee = 10_000, string floData = "", uint sequence = uint.MaxValue) =>
        Sign([outPoint], [new TransactionOutput(value - fee, Script)], floData, sequence);

    public void Dispose()
    {
        Chain.Dispose();
        Key.Dispose();
    }
}
