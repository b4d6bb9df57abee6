using Etdb.Domain.Audit;
using Microsoft.Extensions.Options;

namespace Etdb.Grains;

/// <summary>Gathers every error of the section <c>Replication</c>, each with its key, its value and the allowed range.</summary>
public sealed class ReplicationOptionsValidator : IValidateOptions<ReplicationOptions>
{
    private static readonly string[] Domains = ["node", "site", "member", "country"];

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ReplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        Numbers(options, errors);
        Times(options, errors);
        if (!Domains.Contains(options.DistinctBy, StringComparer.Ordinal))
        {
            errors.Add($"{Key(nameof(options.DistinctBy))} is '{options.DistinctBy}', must be one of {string.Join(", ", Domains)}.");
        }

        if (options.SuspectAfter > options.UnreachableAfter)
        {
            errors.Add($"{Key(nameof(options.SuspectAfter))} is {options.SuspectAfter}, must not be longer than UnreachableAfter, which is {options.UnreachableAfter}.");
        }

        if (options.RetryFirst > options.RetryMost)
        {
            errors.Add($"{Key(nameof(options.RetryFirst))} is {options.RetryFirst}, must not be longer than RetryMost, which is {options.RetryMost}.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Numbers(ReplicationOptions options, List<string> errors)
    {
        Range(errors, nameof(options.Target), options.Target, 1, 20);
        Range(errors, nameof(options.Floor), options.Floor, 1, options.Target);
        Range(errors, nameof(options.Most), options.Most, options.Target, 100);
        Range(errors, nameof(options.ChallengeLeaves), options.ChallengeLeaves, 1, 10_000);
        Range(errors, nameof(options.ChallengesPerNodeDay), options.ChallengesPerNodeDay, ChallengeBudget.Least, ChallengeBudget.Most);
        Range(errors, nameof(options.Shards), options.Shards, 1, 4096);
        Range(errors, nameof(options.ShelvesPerNode), options.ShelvesPerNode, 1, 1024);
        Range(errors, nameof(options.ShardConcurrency), options.ShardConcurrency, 1, 1000);
        Range(errors, nameof(options.InSlots), options.InSlots, 1, 64);
        Range(errors, nameof(options.OutSlots), options.OutSlots, 1, 64);
        Range(errors, nameof(options.AuditSlots), options.AuditSlots, 1, 64);
        Range(errors, nameof(options.NodeQueueLimit), options.NodeQueueLimit, 1, 100_000);
        Range(errors, nameof(options.FinalConfirmations), options.FinalConfirmations, 1, 10_000);
        Range(errors, nameof(options.TrialCopies), options.TrialCopies, 1, 10_000);
        Share(errors, nameof(options.FullRatio), options.FullRatio, 1);
        Range(errors, nameof(options.StormMembers), options.StormMembers, 1, 1000);
        Share(errors, nameof(options.StormNodeShare), options.StormNodeShare, 1);
        Share(errors, nameof(options.MassLossShare), options.MassLossShare, 1);
        Share(errors, nameof(options.LossesPerNodeYear), options.LossesPerNodeYear, 100);
    }

    private static void Times(ReplicationOptions options, List<string> errors)
    {
        Positive(errors, nameof(options.ProbeInterval), options.ProbeInterval);
        Positive(errors, nameof(options.ProbeTimeout), options.ProbeTimeout);
        Positive(errors, nameof(options.SuspectAfter), options.SuspectAfter);
        Positive(errors, nameof(options.GraceOneOther), options.GraceOneOther);
        Positive(errors, nameof(options.GraceTwoOthers), options.GraceTwoOthers);
        Positive(errors, nameof(options.GraceMoreOthers), options.GraceMoreOthers);
        Positive(errors, nameof(options.Patience), options.Patience);
        Positive(errors, nameof(options.TrimSpacing), options.TrimSpacing);
        Positive(errors, nameof(options.ForgetAfter), options.ForgetAfter);
        Positive(errors, nameof(options.TrimAfter), options.TrimAfter);
        Positive(errors, nameof(options.KeepAfterDeactivation), options.KeepAfterDeactivation);
        Positive(errors, nameof(options.ScanInterval), options.ScanInterval);
        Positive(errors, nameof(options.ScanTimeout), options.ScanTimeout);
        Positive(errors, nameof(options.CanaryInterval), options.CanaryInterval);
        Positive(errors, nameof(options.ChallengeInterval), options.ChallengeInterval);
        Positive(errors, nameof(options.ScrubInterval), options.ScrubInterval);
        Positive(errors, nameof(options.SweepInterval), options.SweepInterval);
        Positive(errors, nameof(options.ClusterWatchInterval), options.ClusterWatchInterval);
        if (options.WakeInterval < TimeSpan.FromMinutes(1))
        {
            errors.Add($"{Key(nameof(options.WakeInterval))} is {options.WakeInterval}, must be at least one minute: reminders are not for more.");
        }

        Positive(errors, nameof(options.ShardTick), options.ShardTick);
        Positive(errors, nameof(options.PublicationStuckAfter), options.PublicationStuckAfter);
        Positive(errors, nameof(options.BusyRetry), options.BusyRetry);
        Positive(errors, nameof(options.JobLease), options.JobLease);
        Positive(errors, nameof(options.RetryFirst), options.RetryFirst);
        Positive(errors, nameof(options.LedgerPollInterval), options.LedgerPollInterval);
        Positive(errors, nameof(options.PublishInterval), options.PublishInterval);
        Positive(errors, nameof(options.ProbationPeriod), options.ProbationPeriod);
    }

    private static void Range(List<string> errors, string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            errors.Add($"{Key(key)} is {value}, must be {least}..{most}.");
        }
    }

    private static void Share(List<string> errors, string key, double value, double most)
    {
        if (!(value > 0 && value <= most))
        {
            errors.Add($"{Key(key)} is {value}, must be above 0 and at most {most}.");
        }
    }

    private static void Positive(List<string> errors, string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(3650))
        {
            errors.Add($"{Key(key)} is {value}, must be above zero and at most ten years.");
        }
    }

    private static string Key(string name) => $"{ReplicationOptions.Section}:{name}";
}
