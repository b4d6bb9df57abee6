using System.Runtime.InteropServices;

namespace Etdb.Ledger.DevChain;

/// <summary>All unspent outputs of the best chain, also by script. Used under the chain's lock.</summary>
internal sealed class UtxoSet
{
    private readonly Dictionary<OutPoint, Coin> _coins = [];
    private readonly Dictionary<string, HashSet<OutPoint>> _byScript = new(StringComparer.Ordinal);

    public int Count => _coins.Count;

    public IEnumerable<KeyValuePair<OutPoint, Coin>> All => _coins;

    public static bool IsSpendable(ReadOnlySpan<byte> script) => FloScript.Classify(script) != ScriptKind.NullData;

    public Coin? Find(OutPoint outPoint) => _coins.TryGetValue(outPoint, out var coin) ? coin : null;

    public IReadOnlyCollection<OutPoint> FindByScript(ReadOnlySpan<byte> script) =>
        _byScript.TryGetValue(Key(script), out var found) ? found : [];

    public void Add(OutPoint outPoint, Coin coin)
    {
        _coins.Add(outPoint, coin);
        ref var set = ref CollectionsMarshal.GetValueRefOrAddDefault(_byScript, Key(coin.Output.Script.Span), out _);
        set ??= [];
        set.Add(outPoint);
    }

    public Coin Remove(OutPoint outPoint)
    {
        if (!_coins.Remove(outPoint, out var coin))
        {
            throw new InvalidOperationException($"{outPoint} is not unspent.");
        }

        var key = Key(coin.Output.Script.Span);
        var set = _byScript[key];
        set.Remove(outPoint);
        if (set.Count == 0)
        {
            _byScript.Remove(key);
        }

        return coin;
    }

    /// <summary>Adds a transaction's outputs, except those nobody can spend.</summary>
    public void AddOutputs(FloTransaction transaction, int height)
    {
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            // Slices of a block would keep the whole block in memory.
            var script = transaction.Outputs[i].Script.ToArray();
            if (IsSpendable(script))
            {
                Add(new OutPoint(transaction.Txid, (uint)i), new Coin(new TransactionOutput(transaction.Outputs[i].Value, script), height, transaction.IsCoinbase));
            }
        }
    }

    public void RemoveOutputs(FloTransaction transaction)
    {
        for (var i = 0; i < transaction.Outputs.Length; i++)
        {
            if (IsSpendable(transaction.Outputs[i].Script.Span))
            {
                Remove(new OutPoint(transaction.Txid, (uint)i));
            }
        }
    }

    private static string Key(ReadOnlySpan<byte> script) => Convert.ToHexString(script);
}
