using System.Text;

namespace Etdb.Ledger.Indexing.Evidence;

/// <summary>
/// Checks an index file from its blocks and transactions alone, as if it were evidence from a stranger: nothing the file says it has verified counts, every signature is
/// computed, and what comes out is compared with what the index opens to.
/// </summary>
public static class IndexAudit
{
    /// <summary>Checks the file; it may be in use, and is left as it is but for signatures it did not remember yet.</summary>
    /// <exception cref="FormatException">The file contradicts itself in a way that keeps it from being opened.</exception>
    public static EvidenceReport Verify(string path, FloNetwork network, int startHeight)
    {
        using var index = LedgerIndex.Open(path, network, startHeight);
        var temporary = Path.GetTempFileName();
        try
        {
            using (var writer = new StreamWriter(temporary, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                EvidenceWriter.Write(index, null, allHeaders: true, writer);
            }

            using var reader = new StreamReader(temporary, Encoding.UTF8);
            var report = EvidenceVerifier.Verify(reader);
            return report with { Faults = [.. report.Faults, .. Differences(index, report.Index)] };
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static IEnumerable<EvidenceFault> Differences(LedgerIndex index, OipIndex verified)
    {
        var claimed = index.Read(i => i.Records()).ToDictionary(r => r.Txid, r => r, StringComparer.Ordinal);
        foreach (var record in verified.Records())
        {
            if (!claimed.Remove(record.Txid, out var other))
            {
                yield return new EvidenceFault(0, $"record {record.Txid} is proven, but the index does not have it");
            }
            else if (!IsSame(record, other))
            {
                yield return new EvidenceFault(0, $"record {record.Txid} is another in the index than its transactions prove");
            }
        }

        foreach (var txid in claimed.Keys.Order(StringComparer.Ordinal))
        {
            yield return new EvidenceFault(0, $"record {txid} is in the index, but its transactions do not prove it");
        }
    }

    private static bool IsSame(IndexedRecord a, IndexedRecord b) => a.Owner == b.Owner && a.DeactivatedBy == b.DeactivatedBy
        && a.Versions.Select(v => (v.Place.Txid, v.Artifact.Json, v.Proof)).SequenceEqual(b.Versions.Select(v => (v.Place.Txid, v.Artifact.Json, v.Proof)));
}
