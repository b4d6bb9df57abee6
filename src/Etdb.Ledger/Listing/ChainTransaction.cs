using System.Text;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>A transaction of the chain that carries something of OIP.</summary>
/// <param name="Txid">Id.</param>
/// <param name="Height">Height of its block.</param>
/// <param name="Time">Header time of its block, Unix seconds.</param>
/// <param name="BlockHash">Id of its block.</param>
/// <param name="Kind">What its comment is.</param>
/// <param name="Holds">For the first of complete parts: what they are together.</param>
/// <param name="Raw">The transaction.</param>
public sealed record ChainTransaction(string Txid, long Height, long Time, string BlockHash, ListedKind Kind, ListedKind Holds, ReadOnlyMemory<byte> Raw)
{
    /// <summary>The transaction read.</summary>
    /// <exception cref="FormatException">The index is damaged.</exception>
    public FloTransaction Parse() => FloTransaction.Parse(Raw);

    /// <summary>A comment as text, as history's tools had it.</summary>
    public static string Text(FloTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return Encoding.UTF8.GetString(transaction.FloData.Span);
    }
}
