using System.Collections.Immutable;
using System.Text;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>
/// A FLO transaction, immutable, together with the exact bytes it was read from: what is parsed is given back byte for byte. It is
/// Bitcoin's format (segwit included) with <c>varbytes floData</c> after the locktime when the signed version is 2 or more.
/// </summary>
public sealed partial class FloTransaction
{
    /// <summary>First version that carries floData; versions are signed.</summary>
    public const int FirstVersionWithFloData = 2;

    /// <summary>floData bytes a node relays since 0.15; a block may hold more.</summary>
    public const int MaxRelayedFloData = 1040;

    /// <summary>floData bytes a node relayed before 0.15.</summary>
    public const int MaxRelayedFloDataBefore015 = 528;

    private FloTransaction(
        ReadOnlyMemory<byte> raw,
        int version,
        ImmutableArray<TransactionInput> inputs,
        ImmutableArray<TransactionOutput> outputs,
        uint lockTime,
        ReadOnlyMemory<byte> floData,
        in WitnessCut cut)
    {
        Raw = raw;
        Version = version;
        Inputs = inputs;
        Outputs = outputs;
        LockTime = lockTime;
        FloData = floData;
        _cut = cut;
    }

    /// <summary>The full serialisation, with witness if there is one.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>Signed version.</summary>
    public int Version { get; }

    public ImmutableArray<TransactionInput> Inputs { get; }

    public ImmutableArray<TransactionOutput> Outputs { get; }

    /// <summary>Height (below 500,000,000) or Unix time before which it cannot be mined; 0 for none.</summary>
    public uint LockTime { get; }

    /// <summary>The comment: bytes, by convention UTF-8. Empty when there is none or <see cref="CarriesFloData"/> is false.</summary>
    public ReadOnlyMemory<byte> FloData { get; }

    /// <summary>Whether the format has the floData field at all.</summary>
    public bool CarriesFloData => Version >= FirstVersionWithFloData;

    public bool HasWitness => _cut.Length > 0;

    /// <summary>Double SHA-256 of the form without witness, floData included.</summary>
    public Hash256 Txid { get; private set; }

    /// <summary>Double SHA-256 of the full form.</summary>
    public Hash256 Wtxid { get; private set; }

    /// <summary>Bytes of the full form.</summary>
    public int Size => Raw.Length;

    /// <summary>Bytes of the form without witness.</summary>
    public int BaseSize => HasWitness ? Raw.Length - 2 - _cut.Length : Raw.Length;

    /// <summary>BIP 141 weight: three times the base size plus the full size.</summary>
    public int Weight => (BaseSize * 3) + Size;

    /// <summary>Size fees are counted by: a quarter of the weight, rounded up.</summary>
    public int VirtualSize => (Weight + 3) / 4;

    /// <summary>One input that spends nothing: the first transaction of a block.</summary>
    public bool IsCoinbase => Inputs.Length == 1 && Inputs[0].Previous == OutPoint.None;

    /// <summary>Sum of the outputs in satoshi. Throws <see cref="OverflowException"/> on absurd values.</summary>
    public long OutputValue()
    {
        var sum = 0L;
        foreach (var output in Outputs)
        {
            sum = checked(sum + output.Value);
        }

        return sum;
    }

    /// <summary>floData as text, or null when it is not UTF-8.</summary>
    public string? FloDataText()
    {
        try
        {
            return StrictUtf8.GetString(FloData.Span);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Lower-case hex of the full form.</summary>
    public string ToHex() => Convert.ToHexStringLower(Raw.Span);

    /// <inheritdoc/>
    public override string ToString() => Txid.ToString();

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
