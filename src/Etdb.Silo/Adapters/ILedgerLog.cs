using Etdb.Ledger.Indexing;

namespace Etdb.Silo.Adapters;

/// <summary>What has to be known of an index's log to number its entries for the cluster.</summary>
public interface ILedgerLog
{
    /// <summary>Number of its last entry; 0 when it has none.</summary>
    long LastSequence { get; }

    /// <summary>How its entries are numbered for the cluster; null when the cluster has never followed it. Durable once set.</summary>
    LogNumbering? Numbering { get; set; }

    /// <summary>The last entry on each record and publisher among those up to a number.</summary>
    IReadOnlySet<long> LastWords(long upTo);
}
