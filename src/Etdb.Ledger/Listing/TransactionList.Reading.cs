using System.Text;
using System.Text.Json;
using Dapper;
using Etdb.Ledger.Oip;
using Microsoft.Data.Sqlite;

namespace Etdb.Ledger.Listing;

// Pages and look-ups. Raw bytes come from the index file, so a block that left it meanwhile is left out.
public sealed partial class TransactionList
{
    private const string Columns =
        """
        SELECT t.txid, t.height, t.time, t.kind, t.holds, c.raw, l.hash FROM main.transactions t
        JOIN ledger.comments c ON c.height=t.height AND c.position=t.position JOIN ledger.blocks l ON l.height=t.height
        """;

    /// <summary>Most transactions that begin with the same digits, or parts of one group, that are looked at.</summary>
    private const int MostAlike = 4096;

    /// <summary>A page of one kind of transactions (of all for null), newest first. Without a search only the page itself is read.</summary>
    /// <param name="kind">Kind, also of what parts hold together; null for all.</param>
    /// <param name="coinbase">Only coinbases, or none of them; null for both.</param>
    /// <param name="make">Makes the entry.</param>
    /// <param name="request">Which part.</param>
    /// <param name="cancellationToken">Ends a search.</param>
    public ListPage Page(ListedKind? kind, bool? coinbase, Func<ChainTransaction, Listed> make, ListRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(request);
        using var connection = Connect();
        var where = new StringBuilder(" WHERE 1=1");
        where.Append(kind is null ? "" : " AND (t.kind=@kind OR t.holds=@kind)").Append(coinbase is null ? "" : " AND t.coinbase=@coinbase");
        var parameters = new DynamicParameters(new { kind = (long?)kind, coinbase });
        if (request.IsSearch)
        {
            var all = connection.Query<Stored>(Columns + where + " ORDER BY t.time DESC, t.txid", parameters, buffered: false);
            return ListScan.Take(all.Select(r => make(r.ToTransaction())), request, cancellationToken);
        }

        var total = connection.ExecuteScalar<long>("SELECT count(*) FROM main.transactions t" + where, parameters);
        AddAfter(request, where, parameters);
        parameters.AddDynamicParams(new { limit = request.Limit, skip = request.After is null ? request.Skip : 0 });
        var entries = connection.Query<Stored>(Columns + where + " ORDER BY t.time DESC, t.txid LIMIT @limit OFFSET @skip", parameters).Select(r => make(r.ToTransaction())).ToList();
        return ListScan.Take(entries, new ListRequest(0, request.Limit), cancellationToken) with { Total = total };
    }

    private static void AddAfter(ListRequest request, StringBuilder where, DynamicParameters parameters)
    {
        if (request.After is not [{ ValueKind: JsonValueKind.Number } time, ..] || !time.TryGetDouble(out var seconds))
        {
            return;
        }

        parameters.Add("time", seconds);
        if (request.After is [_, { ValueKind: JsonValueKind.String } txid, ..])
        {
            where.Append(" AND (t.time<@time OR (t.time=@time AND t.txid>@txid))");
            parameters.Add("txid", txid.GetString());
            return;
        }

        where.Append(" AND t.time<@time");
    }

    /// <summary>Those whose id begins so, newest first.</summary>
    public IReadOnlyList<ChainTransaction> StartingWith(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        using var connection = Connect();
        return [.. connection.Query<Stored>(
            Columns + " WHERE t.txid>=@prefix AND t.txid<@end ORDER BY t.time DESC, t.txid LIMIT @MostAlike", new { prefix, end = prefix + "g", MostAlike }).Select(r => r.ToTransaction())];
    }

    /// <summary>Comments that hold a text, in any case, among the newest <see cref="ListRequest.MaxExamined"/>.</summary>
    public IReadOnlyList<(string Txid, string Text)> Holding(string text, int skip, int limit, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        using var connection = Connect();
        var found = new List<(string, string)>();
        foreach (var row in connection.Query<Stored>(Columns + " ORDER BY t.time DESC, t.txid LIMIT @MaxExamined", new { ListRequest.MaxExamined }, buffered: false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var comment = ChainTransaction.Text(FloTransaction.Parse(row.Raw));
            if (comment.Contains(text, StringComparison.OrdinalIgnoreCase) && skip-- <= 0)
            {
                found.Add((row.Txid, comment));
                if (found.Count == limit)
                {
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>What to look for: references are kept by their first ten digits (sixteen in OIP 5), however many are given.</summary>
    public static string GroupPrefix(string prefix, bool byGroup)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return byGroup && prefix.Length > Oip.MultipartPart.KeyDigits ? prefix[..Oip.MultipartPart.KeyDigits] : prefix;
    }

    /// <summary>Parts whose group, or whose own id, begins so, newest first.</summary>
    public IReadOnlyList<ListedPart> Parts(string prefix, bool byGroup, long now)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        using var connection = Connect();
        var column = byGroup ? "parts" : "txid";
        var rows = connection.Query<Stored>(
            $"{Columns} WHERE t.kind=@kind AND t.{column}>=@prefix AND t.{column}<@end ORDER BY t.time DESC, t.txid LIMIT @MostAlike",
            new { kind = (long)ListedKind.Part, prefix, end = prefix + "g", MostAlike }).ToList();
        var messages = new Dictionary<(string, string), List<AssembledParts>>();
        var entries = new List<ListedPart>(rows.Count);
        foreach (var transaction in rows.Select(r => r.ToTransaction()))
        {
            if (AssembledParts.Read(transaction, _kinds) is { } part)
            {
                var group = (TransactionKinds.GroupOf(part, transaction.Txid), part.Address);
                if (!messages.TryGetValue(group, out var found))
                {
                    messages.Add(group, found = Assemble(connection, null, group.Item1, group.Address));
                }

                entries.Add(new ListedPart(transaction, part, group.Item1, found.Find(m => m.Find(transaction.Txid) is not null), now));
            }
        }

        return entries;
    }

    /// <summary>The parts that belong to one, put together as far as they are there.</summary>
    internal AssembledParts? PartsAround(string txid)
    {
        using var connection = Connect();
        var group = connection.QueryFirstOrDefault<(string Parts, string Address)>("SELECT parts, address FROM main.transactions WHERE txid=@txid AND parts IS NOT NULL", new { txid });
        return group.Parts is null ? null : Assemble(connection, null, group.Parts, group.Address).Find(p => p.Find(txid) is not null);
    }

    /// <summary>What a transaction says: its comment, or what its parts say together when it is the first of them.</summary>
    internal ReadOnlyMemory<byte> Said(ChainTransaction transaction) => transaction.Kind == ListedKind.Part
        ? PartsAround(transaction.Txid) is { IsComplete: true } parts ? parts.Join() : default
        : transaction.Parse().FloData;

    /// <summary>The OIP 5 message a transaction, or what its parts hold, is; null when it is none.</summary>
    internal ProtoMessage? Proto(ChainTransaction transaction) => (transaction.Kind == ListedKind.Part
        ? _kinds.ReadAssembled(Said(transaction), transaction.Height, isProto: true)
        : _kinds.ReadKnown(transaction.Parse().FloData, transaction.Height)) as ProtoMessage;

    private List<AssembledParts> Assemble(SqliteConnection connection, SqliteTransaction? transaction, string group, string address)
    {
        var rows = connection.Query<Stored>(
            Columns + " WHERE t.parts=@group AND t.address=@address ORDER BY t.height, t.position LIMIT @MostAlike", new { group, address, MostAlike }, transaction);
        return AssembledParts.Of(rows.Select(r => r.ToTransaction()), _kinds);
    }
}
