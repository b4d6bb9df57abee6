using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>
/// Many "did this key make this recoverable signature?" in one computation: a signature (r, s) with its point R holds when e/s·G + r/s·Q = R, and a sum of such equations,
/// each times a random 126-bit number, holds only when all do (but for a chance of 2^-126). A sum costs a quarter of single recoveries. It answers for all at once:
/// after a "no" each must be looked at alone. Not safe for several threads.
/// </summary>
internal sealed class SignatureBatch
{
    private const int ScalarBytes = 32;

    private readonly List<FieldElement> _x = [];
    private readonly List<bool> _odd = [];
    private readonly List<Signed> _signed = [];
    private readonly List<ScalarNumber> _inverses = [];
    private readonly Dictionary<string, int> _keyNumbers = new(StringComparer.Ordinal);
    private readonly List<byte[]> _keys = [];
    private bool _isBroken;

    private readonly record struct Signed(ScalarNumber Digest, ScalarNumber R, int Key);

    /// <summary>Signatures taken.</summary>
    public int Count => _x.Count;

    /// <summary>Takes one signature.</summary>
    /// <param name="owner">A name for the key, the same for the same key.</param>
    /// <param name="publicKey">The key, 33 or 65 bytes, known to be a point.</param>
    /// <param name="digest">32 bytes.</param>
    /// <param name="signature">r and s, 64 bytes.</param>
    /// <param name="recoveryId">0 or 1: whether R's y is odd.</param>
    public void Add(string owner, byte[] publicKey, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature, int recoveryId)
    {
        var isNumber = ScalarNumber.TryRead(signature[..ScalarBytes], out var r) & ScalarNumber.TryRead(signature.Slice(ScalarBytes, ScalarBytes), out var s);
        if (!isNumber || r.IsZero || s.IsZero || recoveryId is not (0 or 1)
            || !FieldElement.TryRead(signature[..FieldElement.Size], out var x))
        {
            _isBroken = true;
            return;
        }

        _ = ScalarNumber.TryRead(digest, out var e);
        if (!_keyNumbers.TryGetValue(owner, out var key))
        {
            key = _keys.Count;
            _keyNumbers.Add(owner, key);
            _keys.Add(publicKey);
        }

        _x.Add(x);
        _odd.Add(recoveryId == 1);
        _inverses.Add(s);
        _signed.Add(new Signed(e, r, key));
    }

    /// <summary>True when every signature holds. Uses the batch up.</summary>
    public bool Verify()
    {
        if (_isBroken)
        {
            return false;
        }

        if (_x.Count == 0)
        {
            return true;
        }

        var points = new CurvePoint[_x.Count];
        if (!CurvePoint.TryLift(CollectionsMarshal.AsSpan(_x), CollectionsMarshal.AsSpan(_odd), points))
        {
            return false;
        }

        var weights = new UInt128[points.Length];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(weights.AsSpan()));
        foreach (ref var weight in weights.AsSpan())
        {
            weight &= (UInt128.One << WideMultiSum.NumberBits) - 1;
        }

        var inverses = CollectionsMarshal.AsSpan(_inverses);
        ScalarNumber.InvertAll(inverses);
        var ofGenerator = default(ScalarNumber);
        var ofKeys = new ScalarNumber[_keys.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            var signed = _signed[i];
            var share = inverses[i] * new ScalarNumber(weights[i]);
            ofGenerator += share * signed.Digest;
            ofKeys[signed.Key] += share * signed.R;
        }

        var sum = MultiSum.Compute(points, weights);
        return TryCombine(ofGenerator, ofKeys, out var expected) && sum.Equals(expected);
    }

    /// <summary>The few products of the generator and the keys, by libsecp256k1. False for the sums that are no point, which only chance or intent gives.</summary>
    private bool TryCombine(ScalarNumber ofGenerator, ScalarNumber[] ofKeys, out CurvePoint point)
    {
        Span<byte> scalar = stackalloc byte[ScalarBytes];
        Span<byte> sum = stackalloc byte[1 + (2 * FieldElement.Size)];
        ofGenerator.Write(scalar);
        var isPoint = Secp256k1.Instance.TryDerivePublicKey(scalar, sum);
        for (var i = 0; i < ofKeys.Length && isPoint; i++)
        {
            ofKeys[i].Write(scalar);
            isPoint = Secp256k1.Instance.TryAddMultiple(sum, _keys[i], scalar);
        }

        point = default;
        if (!isPoint || !FieldElement.TryRead(sum.Slice(1, FieldElement.Size), out var x) || !FieldElement.TryRead(sum[(1 + FieldElement.Size)..], out var y))
        {
            return false;
        }

        point = new CurvePoint(x, y);
        return true;
    }
}
