using System.Collections.Immutable;
using Etdb.Ledger.Indexing;

namespace Etdb.Ledger.Listing;

/// <summary>
/// The records of one state of the index as lists: every version of every record that was not withdrawn, newest first. An immutable snapshot that refers to the index's
/// own objects, so that lists are read without holding up the index.
/// </summary>
public sealed class RecordList
{
    private readonly ImmutableArray<ListedVersion> _byTxid;
    private readonly Lazy<TypeSummary> _tomograms;

    private RecordList(IndexTip? tip, ImmutableArray<ListedVersion> newestFirst, IReadOnlyList<IndexedRegistration> registrations, BlockNames blocks)
    {
        (Tip, NewestFirst, Registrations, Blocks) = (tip, newestFirst, registrations, blocks);
        _tomograms = new Lazy<TypeSummary>(() => TypeSummary.Of(Latest.Where(v => v.IsOf("research", "tomogram"))));
        _byTxid = newestFirst.Sort((a, b) => string.CompareOrdinal(a.Txid, b.Txid));
    }

    /// <summary>The state it shows; null before the first block.</summary>
    public IndexTip? Tip { get; }

    /// <summary>All versions of all active records.</summary>
    public ImmutableArray<ListedVersion> NewestFirst { get; }

    /// <summary>What holds of every active record.</summary>
    public IEnumerable<ListedVersion> Latest => NewestFirst.Where(v => v.IsLatest);

    /// <summary>Registrations in force, by role and address.</summary>
    public IReadOnlyList<IndexedRegistration> Registrations { get; }

    /// <summary>Research records of tomograms in figures.</summary>
    public TypeSummary Tomograms => _tomograms.Value;

    /// <summary>Block ids.</summary>
    public BlockNames Blocks { get; }

    /// <summary>Takes a snapshot of the index.</summary>
    public static RecordList Of(LedgerIndex index)
    {
        ArgumentNullException.ThrowIfNull(index);
        var blocks = new BlockNames(h => index.ReadStore(s => s.HashAt((int)h))?.ToString());
        var (tip, records, registrations) = index.Read(i => (i.Tip, i.RecordsInAnyOrder(), i.Registrations()));
        return Of(tip, records, registrations, blocks);
    }

    internal static RecordList Of(IndexTip? tip, IReadOnlyList<IndexedRecord> records, IReadOnlyList<IndexedRegistration> registrations, BlockNames blocks)
    {
        var versions = records.Where(r => !r.IsDeactivated)
            .SelectMany(r => Enumerable.Range(1, r.Versions.Count).Select(n => new ListedVersion(r, n, blocks)))
            .ToArray();
        Array.Sort(versions, Listed.Compare);
        return new RecordList(tip, ImmutableArray.Create(versions), [.. registrations.Where(r => !r.IsDeactivated)], blocks);
    }

    /// <summary>The versions whose txid begins so, newest first.</summary>
    public IReadOnlyList<ListedVersion> StartingWith(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var (low, high) = (0, _byTxid.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = string.CompareOrdinal(_byTxid[middle].Txid, prefix) < 0 ? (middle + 1, high) : (low, middle);
        }

        var found = _byTxid.Skip(low).TakeWhile(v => v.Txid.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        found.Sort(Listed.Compare);
        return found;
    }

    /// <summary>The record that links by the first digits of its id mean: of several with these digits the oldest, so that a link keeps its meaning. Null when there is none.</summary>
    public ListedVersion? Linked(string prefix)
    {
        ListedVersion? linked = null;
        foreach (var version in StartingWith(prefix))
        {
            linked = linked is null || version.Number == 1 || linked.Number > 1 ? version : linked;
        }

        return linked is null ? null : linked with { Number = linked.Record.Versions.Count };
    }
}
