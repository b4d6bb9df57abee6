using System.Collections.Immutable;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>Names one output of one transaction.</summary>
/// <param name="Txid">The transaction.</param>
/// <param name="Index">Which output, from 0; <see cref="uint.MaxValue"/> in a coinbase's input.</param>
public readonly record struct OutPoint(Hash256 Txid, uint Index)
{
    /// <summary>What a coinbase's only input names.</summary>
    public static OutPoint None => new(Hash256.Zero, uint.MaxValue);

    /// <summary><c>txid:index</c>.</summary>
    public override string ToString() => $"{Txid}:{Index}";
}

/// <summary>One input. Byte strings are slices of the transaction's own bytes.</summary>
/// <param name="Previous">The output it spends.</param>
/// <param name="ScriptSig">Unlocking script.</param>
/// <param name="Sequence">Sequence number; below 0xfffffffe it signals replaceability (BIP 125).</param>
/// <param name="Witness">Witness stack; empty in a transaction without one.</param>
public readonly record struct TransactionInput(
    OutPoint Previous,
    ReadOnlyMemory<byte> ScriptSig,
    uint Sequence,
    ImmutableArray<ReadOnlyMemory<byte>> Witness)
{
    /// <summary>An input without a witness.</summary>
    public TransactionInput(OutPoint previous, ReadOnlyMemory<byte> scriptSig, uint sequence)
        : this(previous, scriptSig, sequence, [])
    {
    }
}

/// <summary>One output.</summary>
/// <param name="Value">Satoshi, 10^-8 FLO. Any 64-bit number on the wire; valid ones are 0 to 160 million FLO.</param>
/// <param name="Script">Locking script.</param>
public readonly record struct TransactionOutput(long Value, ReadOnlyMemory<byte> Script);
