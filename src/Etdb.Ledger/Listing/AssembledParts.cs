using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>The parts of one message that are in the chain: those of one signer that name the same first part; for each number the first transaction counts.</summary>
internal sealed class AssembledParts
{
    private readonly SortedDictionary<int, (ChainTransaction Transaction, MultipartPart Part)> _parts = [];
    private readonly int _last;

    private AssembledParts(ChainTransaction first, MultipartPart part)
    {
        (First, _last, IsProto) = (first, part.Max, part.IsProto);
        _parts.Add(0, (first, part));
    }

    /// <summary>The transaction of part 0.</summary>
    public ChainTransaction First { get; }

    /// <summary>Parts of an OIP 5 message.</summary>
    public bool IsProto { get; }

    /// <summary>All of them are there.</summary>
    public bool IsComplete => _parts.Count == _last + 1;

    /// <summary>What the transaction of a part that counts says; null for others.</summary>
    public MultipartPart? Find(string txid) => _parts.Values.FirstOrDefault(p => p.Transaction.Txid == txid).Part;

    /// <summary>What they say together.</summary>
    public byte[] Join() => [.. _parts.Values.SelectMany(p => p.Part.Data.ToArray())];

    /// <summary>Sorts parts into messages; parts without a first one are in none.</summary>
    public static List<AssembledParts> Of(IEnumerable<ChainTransaction> inChainOrder, TransactionKinds kinds)
    {
        var all = inChainOrder.Select(t => (Transaction: t, Part: Read(t, kinds))).Where(p => p.Part is not null).ToList();
        var messages = all.Where(p => p.Part!.Part == 0).Select(p => new AssembledParts(p.Transaction, p.Part!)).ToList();
        foreach (var (transaction, part) in all.Where(p => p.Part!.Part > 0))
        {
            messages.Find(m => m.Takes(part!))?._parts.Add(part!.Part, (transaction, part));
        }

        return messages;
    }

    /// <summary>The part that a listed transaction is; null when it is none.</summary>
    public static MultipartPart? Read(ChainTransaction transaction, TransactionKinds kinds) =>
        kinds.ReadKnown(transaction.Parse().FloData, transaction.Height) is PartMessage message ? message.Part : null;

    private bool Takes(MultipartPart part) =>
        part.IsProto == IsProto && part.Part <= _last && First.Txid.StartsWith(part.Reference, StringComparison.Ordinal) && !_parts.ContainsKey(part.Part);
}
