using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Wire;

/// <summary>A block: header and transactions, immutable, with the exact bytes it was read from. Reading checks the form only; <see cref="BlockCheck"/> judges it.</summary>
public sealed class FloBlock
{
    /// <summary>Fewest bytes a transaction can have: version, no inputs, no outputs, locktime.</summary>
    private const int LeastTransactionBytes = 4 + 1 + 1 + 4;

    /// <summary>The levels of the Merkle tree above the transactions one behind the other, the root last.</summary>
    private Hash256[] _tree = [];

    private FloBlock(ReadOnlyMemory<byte> raw, FloBlockHeader header, ImmutableArray<FloTransaction> transactions, int transactionsOffset)
    {
        Raw = raw;
        Header = header;
        Transactions = transactions;
        TransactionsOffset = transactionsOffset;
    }

    /// <summary>Where the first transaction begins in <see cref="Raw"/>.</summary>
    internal int TransactionsOffset { get; }

    public ReadOnlyMemory<byte> Raw { get; }

    public FloBlockHeader Header { get; }

    /// <summary>In block order, the coinbase first.</summary>
    public ImmutableArray<FloTransaction> Transactions { get; }

    /// <summary>Block id.</summary>
    public Hash256 Hash => Header.Hash;

    /// <summary>BIP 141 weight of the whole block.</summary>
    public int Weight => ((FloBlockHeader.Size + WireWriter.CompactSizeLength((ulong)Transactions.Length)) * 4) + Transactions.Sum(t => t.Weight);

    /// <summary>Reads one block that fills <paramref name="raw"/> exactly, keeping slices of it: the caller gives the buffer away. Throws <see cref="FormatException"/>.</summary>
    public static FloBlock Parse(ReadOnlyMemory<byte> raw) => BlockBatch.Parse([raw])[0] is { Block: var block, Error: var error } && block is not null ? block : throw error!;

    /// <summary>Reads many blocks, each from its own buffer, keeping slices of them; small ones take about half the time they take one after the other. Each that is none has its own error; the others stand.</summary>
    public static IReadOnlyList<ParsedBlock> ParseMany(IReadOnlyList<ReadOnlyMemory<byte>> raws) => BlockBatch.Parse(raws);

    /// <summary>Reads the form of a block; its ids are not computed yet.</summary>
    internal static FloBlock ReadForm(ReadOnlyMemory<byte> raw)
    {
        if (raw.Length < FloBlockHeader.Size)
        {
            throw new FormatException("The bytes end inside the block header.");
        }

        var header = FloBlockHeader.ReadForm(raw.Span[..FloBlockHeader.Size]);
        var reader = new WireReader(raw);
        reader.Skip(FloBlockHeader.Size);
        var transactions = new FloTransaction[reader.ReadCount(LeastTransactionBytes)];
        var offset = reader.Position;
        for (var i = 0; i < transactions.Length; i++)
        {
            transactions[i] = FloTransaction.Read(raw, ref reader);
        }

        reader.ExpectEnd();
        return new FloBlock(raw, header, ImmutableCollectionsMarshal.AsImmutableArray(transactions), offset);
    }

    /// <summary>Takes the hashes of the header and of each transaction's full form.</summary>
    internal void SetIds(ReadOnlySpan<Hash256> hashes)
    {
        Header.SetHash(hashes[0]);
        for (var i = 0; i < Transactions.Length; i++)
        {
            Transactions[i].SetIds(hashes[i + 1]);
        }
    }

    /// <summary>Room for the levels of the Merkle tree above the transactions.</summary>
    internal Hash256[] PlantTree() => _tree = new Hash256[MerkleTree.InnerNodes(Transactions.Length)];

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

    /// <summary>Merkle root of the transactions' ids; zero when there are none.</summary>
    public Hash256 ComputeMerkleRoot() => Transactions.Length switch
    {
        0 => Hash256.Zero,
        1 => Transactions[0].Txid,
        _ => _tree[^1],
    };

    /// <summary>True when another list of transactions has the same root.</summary>
    internal bool IsMerkleAmbiguous()
    {
        for (var i = 0; i + 1 < Transactions.Length; i += 2)
        {
            if (Transactions[i].Txid == Transactions[i + 1].Txid)
            {
                return true;
            }
        }

        return MerkleTree.HasEqualPair(_tree, Transactions.Length);
    }

    /// <summary>The proof that a transaction is in the block.</summary>
    internal MerkleProof Prove(int index) =>
        MerkleTree.Prove(Transactions[Math.Min(index ^ 1, Transactions.Length - 1)].Txid, _tree, Transactions.Length, index);

    public string ToHex() => Convert.ToHexStringLower(Raw.Span);

    /// <inheritdoc/>
    public override string ToString() => Hash.ToString();
}
