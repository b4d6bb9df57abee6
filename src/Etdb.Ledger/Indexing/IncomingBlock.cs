using System.Collections.Immutable;
using Etdb.Ledger.Indexing.Reading;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing;

/// <summary>A transaction with an OIP comment and the proof that it is in its block.</summary>
/// <param name="Position">Position in the block, from 0.</param>
/// <param name="Txid">Id.</param>
/// <param name="Raw">The transaction.</param>
/// <param name="Proof">Path to the Merkle root.</param>
/// <param name="Message">The comment as read.</param>
public sealed record IncomingComment(int Position, string Txid, ReadOnlyMemory<byte> Raw, MerkleProof Proof, OipMessage Message);

/// <summary>A block whose header, work and Merkle root were checked, reduced to what is kept.</summary>
public sealed record IncomingBlock(int Height, FloBlockHeader Header, IReadOnlyList<IncomingComment> Comments)
{
    /// <summary>Records read ahead for this block and those after it; null when there are none.</summary>
    internal AssembledAhead? Ahead { get; init; }

    /// <summary>The block as the index takes it.</summary>
    public OipBlock ToOip() => new(Height, Header.Hash.ToString(), Header.Time, [.. Comments.Select(c => new OipTransaction(c.Txid, c.Message))]);

    /// <summary>Reads every comment of a block; those that are nothing of OIP are left out.</summary>
    public static IncomingBlock Read(FloBlock block, int height, CommentReader reader)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(reader);
        List<IncomingComment>? comments = null;
        for (var i = 0; i < block.Transactions.Length; i++)
        {
            var transaction = block.Transactions[i];
            if (transaction.FloData.Length < OipLimits.MinCommentBytes
                || reader.Read(transaction.FloData, height, transaction.IsCoinbase) is not { } message || message is IgnoredMessage or TextMessage)
            {
                continue;
            }

            (comments ??= []).Add(new IncomingComment(i, transaction.Txid.ToString(), transaction.Raw, block.Prove(i), message));
        }

        return new IncomingBlock(height, block.Header, comments ?? (IReadOnlyList<IncomingComment>)ImmutableArray<IncomingComment>.Empty);
    }
}
