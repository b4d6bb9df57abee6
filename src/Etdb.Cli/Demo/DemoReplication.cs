using Etdb.Grains;

namespace Etdb.Cli.Demo;

/// <summary>The same cluster on a faster clock: seconds where production has hours and days. No rule is switched off.</summary>
internal static class DemoReplication
{
    /// <summary>For a story that plays by itself every block is read all the time; a demo that stays up is to leave the machine to its user.</summary>
    public static Action<ReplicationOptions> Configure(int target, bool once = true) => o =>
    {
        (o.ScanInterval, o.ChallengeInterval, o.ScrubInterval, o.SweepInterval, o.ShardTick) = once
            ? (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100))
            : (TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(200));
        o.ChallengeLeaves = 3;
        o.ChallengesPerNodeDay = 1_000_000; // A day here lasts minutes.
        o.Target = target;
        o.Floor = Math.Max(1, target - 1);
        o.Most = target + 2;
        o.ProbeInterval = TimeSpan.FromSeconds(1);
        o.ProbeTimeout = TimeSpan.FromSeconds(5);
        o.SuspectAfter = TimeSpan.FromSeconds(6);
        o.UnreachableAfter = TimeSpan.FromSeconds(10);
        o.GraceOneOther = TimeSpan.FromSeconds(5);
        o.GraceTwoOthers = TimeSpan.FromSeconds(10);
        o.GraceMoreOthers = TimeSpan.FromSeconds(15);
        o.Patience = TimeSpan.FromSeconds(20);
        o.TrimSpacing = TimeSpan.FromSeconds(10);
        o.TrimAfter = TimeSpan.FromMinutes(1);
        o.ForgetAfter = TimeSpan.FromSeconds(30);
        o.ScanTimeout = TimeSpan.FromSeconds(30);
        o.Shards = 4;
        o.ShelvesPerNode = 2;
        o.ShardConcurrency = 8;
        o.AuditSlots = 2;
        o.JobLease = TimeSpan.FromSeconds(15);
        o.RetryFirst = TimeSpan.FromSeconds(1);
        o.RetryMost = TimeSpan.FromSeconds(10);
        o.LedgerPollInterval = TimeSpan.FromMilliseconds(500);
        o.PublishInterval = TimeSpan.FromMilliseconds(200);
        o.FinalConfirmations = 1; // The chain makes no empty blocks: more would never come, and be asked for all the time.
        o.ProbationPeriod = TimeSpan.FromSeconds(20);
        o.TrialCopies = 4;
    };
}
