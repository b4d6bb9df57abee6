using Etdb.Domain.Records;

namespace Etdb.Domain.Replication;

/// <summary>How much of one publisher's the cluster takes on. What the ledger named first comes first; what is already kept is never let go for it.</summary>
/// <param name="MostDatasets">Datasets, 0..100,000,000; null for no limit.</param>
/// <param name="MostBytes">Bytes as the records declare them, one copy each, 0..2^60; null for no limit.</param>
public sealed record PublisherQuota(long? MostDatasets, long? MostBytes)
{
    /// <summary>Largest number of datasets a quota may name.</summary>
    public const long DatasetsMaximum = 100_000_000;

    /// <summary>Largest number of bytes a quota may name.</summary>
    public const long BytesMaximum = 1L << 60;

    /// <summary>Every number that is out of range, with the range; empty when the quota is valid.</summary>
    public IReadOnlyList<PolicyProblem> Problems()
    {
        var problems = new List<PolicyProblem>();
        Check(problems, nameof(MostDatasets), MostDatasets, DatasetsMaximum);
        Check(problems, nameof(MostBytes), MostBytes, BytesMaximum);
        return problems;
    }

    /// <summary>
    /// Up to which of its datasets the quota reaches: the largest number, in the order of <paramref name="datasets"/> (ledger sequence and bytes), below which
    /// all fit; null when all do.
    /// </summary>
    public long? ReachesTo(IEnumerable<(long Sequence, long Bytes)> datasets)
    {
        ArgumentNullException.ThrowIfNull(datasets);
        var (count, sum, last) = (0L, 0L, 0L);
        foreach (var (sequence, bytes) in datasets)
        {
            count++;
            sum = bytes > BytesMaximum - sum ? BytesMaximum : sum + Math.Max(0, bytes);
            if (count > MostDatasets || sum > MostBytes)
            {
                return last;
            }

            last = sequence;
        }

        return null;
    }

    private static void Check(List<PolicyProblem> problems, string field, long? value, long highest)
    {
        if (value < 0 || value > highest)
        {
            problems.Add(new PolicyProblem(field, $"{field} is {value}; allowed is 0 to {highest}."));
        }
    }
}

/// <summary>What holds for one dataset because of who published it.</summary>
/// <param name="Publisher">Whose terms these are; those of others than the dataset's publisher do not hold.</param>
/// <param name="Version">Grows with every change: older terms change nothing.</param>
/// <param name="Policy">The publisher's default policy; null leaves it to the consortium.</param>
/// <param name="OverQuota">Why no first copies are made; null while the quota reaches to the dataset.</param>
public sealed record PublisherTerms(PublisherId Publisher, long Version, ReplicationPolicy? Policy, string? OverQuota);
