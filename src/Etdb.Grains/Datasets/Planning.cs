using Etdb.Domain.Audit;
using Etdb.Domain.Common;
using Etdb.Domain.Placement;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Datasets;

/// <summary>
/// What the deciding core is given besides a dataset: the consortium's figures, taken from the options once, and the cluster as the
/// latest topology shows it. One per process; holds no decisions.
/// </summary>
public sealed class Planning
{
    private readonly ulong _secret;
    private readonly TimeSpan _trimSpacing;
    private readonly TimeSpan _forgetAfter;
    private readonly TimeSpan _trialRecheck;
    private long _draws;

    /// <summary>Takes the figures. <paramref name="entropy"/> makes the choice of audited blocks unforeseeable; a simulation seeds it.</summary>
    public Planning(IOptions<ReplicationOptions> options, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(entropy);
        var value = options.Value;
        Default = Policies.Default(value);
        Ladder = Policies.Ladder(value);
        Retry = Policies.Retry(value);
        Audit = new AuditPolicy { ChallengeEvery = value.ChallengeInterval, ChallengeLeaves = value.ChallengeLeaves, ScrubEvery = value.ScrubInterval };
        _trimSpacing = value.TrimSpacing;
        _forgetAfter = value.ForgetAfter;
        _trialRecheck = value.ProbationPeriod / 4;
        _secret = entropy.Next();
    }

    /// <summary>The policy of datasets without their own.</summary>
    public ReplicationPolicy Default { get; }

    /// <summary>Where silence leads.</summary>
    public GraceLadder Ladder { get; }

    /// <summary>How failures are retried.</summary>
    public RetryPolicy Retry { get; }

    /// <summary>How often replicas are checked.</summary>
    public AuditPolicy Audit { get; }

    /// <summary>All that a plan depends on besides the dataset.</summary>
    public PlannerContext Context(TopologyView topology, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(topology);
        return new PlannerContext
        {
            Cluster = topology.Cluster,
            Now = now,
            Ladder = Ladder,
            Retry = Retry,
            Brakes = topology.Brakes,
            TrimSpacing = _trimSpacing,
            ForgetAfter = _forgetAfter,
            TrialRecheck = _trialRecheck,
        };
    }

    /// <summary>A row after a failed attempt.</summary>
    public ReplicaRecord Failed(ReplicaRecord row, ReplicaCause cause, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.AttemptFailed(cause, now, Retry.Decide(cause, row.Attempts + 1, row.FailingSince ?? now, now, Hashing.Of(row.Node.Value)));
    }

    /// <summary>A seed nobody outside can foresee.</summary>
    public ulong Nonce(DatasetId dataset) => Hashing.Mix(Hashing.Mix(_secret, (ulong)Interlocked.Increment(ref _draws)), Hashing.Of(dataset.Value));
}

/// <summary>Where unforeseeable numbers come from.</summary>
public interface IEntropy
{
    /// <summary>64 random bits.</summary>
    ulong Next();
}

/// <summary>The operating system's.</summary>
public sealed class SystemEntropy : IEntropy
{
    /// <inheritdoc/>
    public ulong Next()
    {
        Span<byte> bytes = stackalloc byte[8];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
