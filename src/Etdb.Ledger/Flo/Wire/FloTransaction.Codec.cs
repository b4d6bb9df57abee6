using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Wire;

// The witness form is `version 00 01 inputs outputs witnesses locktime floData`. The txid is over the same bytes without the
// marker and the witnesses, so it is enough to remember where those lie; nothing is serialised again to be hashed.
public sealed partial class FloTransaction
{
    private const int LeastInputBytes = 32 + 4 + 1 + 4;
    private const int LeastOutputBytes = 8 + 1;
    private const int LeastWitnessItemBytes = 1;

    private readonly WitnessCut _cut;

    /// <summary>Reads one transaction that fills <paramref name="raw"/> exactly, keeping slices of it: the caller gives the buffer away. Throws <see cref="FormatException"/>.</summary>
    public static FloTransaction Parse(ReadOnlyMemory<byte> raw)
    {
        var reader = new WireReader(raw);
        var transaction = Read(raw, ref reader);
        reader.ExpectEnd();
        transaction.SetIds(Hash256.DoubleSha256(raw.Span));
        return transaction;
    }

    /// <summary>Reads one transaction from hex. Throws <see cref="FormatException"/>.</summary>
    public static FloTransaction ParseHex(string hex) => Parse(Convert.FromHexString(hex));

    /// <summary>Puts a transaction together. The witness form is used when any input has a witness; floData needs version 2 or more.</summary>
    public static FloTransaction Create(
        int version,
        IReadOnlyList<TransactionInput> inputs,
        IReadOnlyList<TransactionOutput> outputs,
        uint lockTime,
        ReadOnlyMemory<byte> floData)
    {
        if (version < FirstVersionWithFloData && !floData.IsEmpty)
        {
            throw new ArgumentException($"A transaction of version {version} has no floData field.", nameof(floData));
        }

        var witness = inputs.Any(input => !input.Witness.IsDefaultOrEmpty);
        if (inputs.Count == 0 && outputs.Count > 0)
        {
            throw new ArgumentException("A transaction without inputs has no unambiguous form.", nameof(inputs));
        }

        var writer = new WireWriter(64 + (inputs.Count * 148) + (outputs.Count * 34) + floData.Length);
        writer.Int32(version);
        if (witness)
        {
            writer.Byte(0);
            writer.Byte(1);
        }

        WriteInputs(writer, inputs);
        WriteOutputs(writer, outputs);
        if (witness)
        {
            WriteWitnesses(writer, inputs);
        }

        writer.UInt32(lockTime);
        if (version >= FirstVersionWithFloData)
        {
            writer.VarBytes(floData.Span);
        }

        return Parse(writer.ToArray());
    }

    /// <summary>The form without witness, which the txid is the hash of.</summary>
    public byte[] SerializeBase()
    {
        var bytes = new byte[BaseSize];
        CopyBase(bytes);
        return bytes;
    }

    /// <summary>Takes the hash of the full form, which is the txid of those without witness.</summary>
    internal void SetIds(Hash256 wtxid) => (Txid, Wtxid) = (HasWitness ? HashBase() : wtxid, wtxid);

    /// <summary>Reads one transaction; its ids are not computed yet.</summary>
    internal static FloTransaction Read(ReadOnlyMemory<byte> memory, ref WireReader reader)
    {
        var start = reader.Position;
        var version = reader.ReadInt32();
        var witness = reader.Peek(0) == 0 && reader.Peek(1) != 0;
        if (witness)
        {
            reader.Skip(1);
            if (reader.ReadByte() != 1)
            {
                throw new FormatException("Unknown flags in a transaction's witness form.");
            }
        }

        var inputs = ReadInputs(ref reader);
        var outputs = ReadOutputs(ref reader);
        var cut = default(WitnessCut);
        if (witness)
        {
            var from = reader.Position;
            ReadWitnesses(ref reader, inputs);
            cut = new WitnessCut(from - start, reader.Position - from);
        }

        var lockTime = reader.ReadUInt32();
        var floData = version >= FirstVersionWithFloData ? reader.ReadVarBytes() : default;
        return new FloTransaction(
            memory[start..reader.Position],
            version,
            ImmutableCollectionsMarshal.AsImmutableArray(inputs),
            ImmutableCollectionsMarshal.AsImmutableArray(outputs),
            lockTime,
            floData,
            in cut);
    }

    internal static void WriteInputs(WireWriter writer, IReadOnlyList<TransactionInput> inputs)
    {
        writer.CompactSize(inputs.Count);
        foreach (var input in inputs)
        {
            writer.Hash(input.Previous.Txid);
            writer.UInt32(input.Previous.Index);
            writer.VarBytes(input.ScriptSig.Span);
            writer.UInt32(input.Sequence);
        }
    }

    internal static void WriteOutputs(WireWriter writer, IReadOnlyList<TransactionOutput> outputs)
    {
        writer.CompactSize(outputs.Count);
        foreach (var output in outputs)
        {
            writer.Int64(output.Value);
            writer.VarBytes(output.Script.Span);
        }
    }

    private static void WriteWitnesses(WireWriter writer, IReadOnlyList<TransactionInput> inputs)
    {
        foreach (var input in inputs)
        {
            var stack = input.Witness.IsDefault ? [] : input.Witness;
            writer.CompactSize(stack.Length);
            foreach (var entry in stack)
            {
                writer.VarBytes(entry.Span);
            }
        }
    }

    private static TransactionInput[] ReadInputs(ref WireReader reader)
    {
        var inputs = new TransactionInput[reader.ReadCount(LeastInputBytes)];
        for (var i = 0; i < inputs.Length; i++)
        {
            var previous = new OutPoint(reader.ReadHash(), reader.ReadUInt32());
            var script = reader.ReadVarBytes();
            inputs[i] = new TransactionInput(previous, script, reader.ReadUInt32(), []);
        }

        return inputs;
    }

    private static TransactionOutput[] ReadOutputs(ref WireReader reader)
    {
        var outputs = new TransactionOutput[reader.ReadCount(LeastOutputBytes)];
        for (var i = 0; i < outputs.Length; i++)
        {
            var value = reader.ReadInt64();
            outputs[i] = new TransactionOutput(value, reader.ReadVarBytes());
        }

        return outputs;
    }

    private static void ReadWitnesses(ref WireReader reader, TransactionInput[] inputs)
    {
        var any = false;
        for (var i = 0; i < inputs.Length; i++)
        {
            var stack = new ReadOnlyMemory<byte>[reader.ReadCount(LeastWitnessItemBytes)];
            for (var j = 0; j < stack.Length; j++)
            {
                stack[j] = reader.ReadVarBytes();
            }

            any |= stack.Length > 0;
            inputs[i] = inputs[i] with { Witness = ImmutableCollectionsMarshal.AsImmutableArray(stack) };
        }

        if (!any)
        {
            throw new FormatException("The witness form is used but every witness is empty.");
        }
    }

    private Hash256 HashBase()
    {
        if (!HasWitness)
        {
            return Hash256.DoubleSha256(Raw.Span);
        }

        var rented = ArrayPool<byte>.Shared.Rent(BaseSize);
        CopyBase(rented);
        var hash = Hash256.DoubleSha256(rented.AsSpan(0, BaseSize));
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    private void CopyBase(Span<byte> destination)
    {
        var raw = Raw.Span;
        if (!HasWitness)
        {
            raw.CopyTo(destination);
            return;
        }

        raw[..4].CopyTo(destination);
        raw[6.._cut.Offset].CopyTo(destination[4..]);
        raw[(_cut.Offset + _cut.Length)..].CopyTo(destination[(_cut.Offset - 2)..]);
    }

    /// <summary>Where the witnesses lie in <see cref="Raw"/>; length 0 when the form has none.</summary>
    private readonly record struct WitnessCut(int Offset, int Length);
}
