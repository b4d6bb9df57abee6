using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>A block: header and transactions, immutable, with the exact bytes it was read from. Reading checks the form only; <see cref="BlockCheck"/> judges it.</summary>
public sealed class FloBlock
{
    /// <summary>Fewest bytes a transaction can have: version, no inputs, no outputs, locktime.</summary>
    private const int LeastTransactionBytes = 4 + 1 + 1 + 4;

    private FloBlock(ReadOnlyMemory<byte> raw, FloBlockHeader header, ImmutableArray<FloTransaction> transactions)
    {
        Raw = raw;
        Header = header;
        Transactions = transactions;
    }

    public ReadOnlyMemory<byte> Raw { get; }

    public FloBlockHeader Header { get; }

    /// <summary>In block order, the coinbase first.</summary>
    public ImmutableArray<FloTransaction> Transactions { get; }

    /// <summary>Block id.</summary>
    public Hash256 Hash => Header.Hash;

    /// <summary>BIP 141 weight of the whole block.</summary>
    public int Weight => ((FloBlockHeader.Size + WireWriter.CompactSizeLength((ulong)Transactions.Length)) * 4) + Transactions.Sum(t => t.Weight);

    /// <summary>Reads one block that fills <paramref name="raw"/> exactly, keeping slices of it: the caller gives the buffer away. Throws <see cref="FormatException"/>.</summary>
    public static FloBlock Parse(ReadOnlyMemory<byte> raw)
    {
        if (raw.Length < FloBlockHeader.Size)
        {
            throw new FormatException("The bytes end inside the block header.");
        }

        var header = FloBlockHeader.Parse(raw.Span[..FloBlockHeader.Size]);
        var reader = new WireReader(raw);
        reader.Skip(FloBlockHeader.Size);
        var transactions = new FloTransaction[reader.ReadCount(LeastTransactionBytes)];
        var places = new (int Offset, int Length)[transactions.Length];
        for (var i = 0; i < transactions.Length; i++)
        {
            var start = reader.Position;
            transactions[i] = FloTransaction.Read(raw, ref reader);
            places[i] = (start, reader.Position - start);
        }

        reader.ExpectEnd();
        FloTransaction.SetIds(transactions, raw.Span, places);
        return new FloBlock(raw, header, ImmutableCollectionsMarshal.AsImmutableArray(transactions));
    }

    /// <summary>Reads a block from hex. Throws <see cref="FormatException"/>.</summary>
    public static FloBlock ParseHex(string hex) => Parse(Convert.FromHexString(hex));

    /// <summary>Puts a block together; nothing is checked.</summary>
    public static FloBlock Create(FloBlockHeader header, IReadOnlyList<FloTransaction> transactions)
    {
        var writer = new WireWriter(FloBlockHeader.Size + 9 + transactions.Sum(t => t.Size));
        writer.Bytes(header.Raw);
        writer.CompactSize(transactions.Count);
        foreach (var transaction in transactions)
        {
            writer.Bytes(transaction.Raw.Span);
        }

        return Parse(writer.ToArray());
    }

    /// <summary>Merkle root of the transactions' ids.</summary>
    public Hash256 ComputeMerkleRoot() => MerkleTree.Root(Txids());

    /// <summary>Ids of the transactions, in block order.</summary>
    internal Hash256[] Txids()
    {
        var ids = new Hash256[Transactions.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = Transactions[i].Txid;
        }

        return ids;
    }

    public string ToHex() => Convert.ToHexStringLower(Raw.Span);

    /// <inheritdoc/>
    public override string ToString() => Hash.ToString();
}
