using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Indexing.Evidence;

/// <summary>
/// Writes what proves records without any node, as JSON lines: one that names the format and network, then one for each block, ascending:
/// <c>{"height","header"}</c> and, where it holds OIP transactions, <c>"transactions":[{"position","raw","proof":[…]}]</c>. With all headers
/// the chain of work from the start height to the tip can be checked as well; without, each block's own work.
/// </summary>
public static class EvidenceWriter
{
    /// <summary>Name and version of the format.</summary>
    public const string Format = "etdb-ledger-evidence-1";

    /// <summary>Writes the evidence of some records, or of all.</summary>
    /// <param name="index">The index.</param>
    /// <param name="records">Ids of records; null for everything.</param>
    /// <param name="allHeaders">Also the headers of blocks without OIP transactions.</param>
    /// <param name="output">UTF-8 text.</param>
    /// <returns>Transactions written.</returns>
    /// <exception cref="FormatException">A record is not in the index.</exception>
    public static int Write(LedgerIndex index, IReadOnlyCollection<string>? records, bool allHeaders, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(output);
        var wanted = records is null ? null : index.Read(i => Wanted(i, records));
        output.WriteLine(new JsonObject { ["format"] = Format, ["network"] = index.Network.Name, ["start"] = index.StartHeight, ["allHeaders"] = allHeaders }.ToJsonString());
        return index.ReadStore(store => WriteBlocks(store, index.Reader, wanted, allHeaders, output));
    }

    private static HashSet<string> Wanted(OipIndex index, IReadOnlyCollection<string> records)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var txid in records)
        {
            var record = index.Find(txid) ?? throw new FormatException($"There is no record {txid} in the index.");
            wanted.Add(txid);
            wanted.UnionWith(record.Edits.Select(e => e.Place.Txid));
            if (record.DeactivatedBy is { } deactivation)
            {
                wanted.Add(deactivation);
            }
        }

        return wanted;
    }

    private static int WriteBlocks(LedgerIndexStore store, CommentReader reader, HashSet<string>? wanted, bool allHeaders, TextWriter output)
    {
        var byHeight = store.Comments().Where(c => wanted is null || Belongs(c.Raw, c.Height, reader, wanted))
            .GroupBy(c => c.Height).ToDictionary(g => g.Key, g => g.ToList());
        var count = 0;
        var first = store.FirstHeight();
        var height = first;
        foreach (var header in store.HeadersFrom(first))
        {
            if (byHeight.TryGetValue(height, out var comments) || allHeaders)
            {
                var line = new JsonObject { ["height"] = height, ["header"] = header.ToHex() };
                if (comments is not null)
                {
                    line["transactions"] = new JsonArray([.. comments.Select(c => new JsonObject
                    {
                        ["position"] = c.Proof.Index,
                        ["raw"] = Convert.ToHexStringLower(c.Raw),
                        ["proof"] = new JsonArray([.. c.Proof.Siblings.Select(s => JsonValue.Create(s.ToString()))]),
                    })]);
                    count += comments.Count;
                }

                output.WriteLine(line.ToJsonString());
            }

            height++;
        }

        return count;
    }

    /// <summary>True for a transaction of a wanted record: itself, a part of it, or an action on it.</summary>
    private static bool Belongs(byte[] raw, int height, CommentReader reader, HashSet<string> wanted)
    {
        var transaction = FloTransaction.Parse(raw);
        if (wanted.Contains(transaction.Txid.ToString()))
        {
            return true;
        }

        return reader.Read(transaction.FloData, height, transaction.IsCoinbase) switch
        {
            PartMessage { Part: { Part: > 0 } part } => wanted.Any(t => t.StartsWith(part.Reference, StringComparison.Ordinal)),
            EditMessage edit => wanted.Contains(edit.Original),
            DeactivateMessage deactivate => wanted.Contains(deactivate.Original),
            TransferMessage transfer => wanted.Contains(transfer.Original),
            _ => false,
        };
    }
}
