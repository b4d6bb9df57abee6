using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
    private const int SecretWords = 4;
    private readonly IEntropy _entropy;
    private readonly byte[] _secret = new byte[SecretWords * sizeof(ulong)];
    private readonly TimeSpan _trimSpacing;
    private readonly TimeSpan _forgetAfter;
    private readonly TimeSpan _trialRecheck;

    /// <summary>Takes the figures. <paramref name="entropy"/> makes what is audited, and when, unforeseeable; a simulation seeds it.</summary>
    public Planning(IOptions<ReplicationOptions> options, IEntropy entropy)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(entropy);
        var value = options.Value;
        Default = Policies.Default(value);
        Ladder = Policies.Ladder(value);
        Retry = Policies.Retry(value);
        Audit = new AuditPolicy { ChallengeEvery = value.ChallengeInterval, ScrubEvery = value.ScrubInterval };
        _trimSpacing = value.TrimSpacing;
        _forgetAfter = value.ForgetAfter;
        _trialRecheck = value.ProbationPeriod / 4;
        _entropy = entropy;
        for (var i = 0; i < SecretWords; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_secret.AsSpan(i * sizeof(ulong)), entropy.Next());
        }
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

    /// <summary>A fresh seed: nobody can foresee it, whatever seeds were used before.</summary>
    public ulong Nonce() => _entropy.Next();

    /// <summary>
    /// What decides when a replica's next turn comes: the same until it has been checked, known to this process alone. Keyed by a hash that does not give its key away, as a node sees when
    /// it is asked.
    /// </summary>
    public ulong TurnOf(DatasetId dataset, ReplicaRecord row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var text = string.Create(CultureInfo.InvariantCulture, $"{dataset.Value}|{row.Node.Value}|{row.LastVerification?.At.UtcTicks ?? 0}|{row.LastFullVerification?.At.UtcTicks ?? 0}");
        return BinaryPrimitives.ReadUInt64LittleEndian(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(text)));
    }
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
