using Etdb.Grains;

namespace Etdb.Cli.Demo;

/// <summary>The same cluster on a faster clock: seconds where production has hours and days. No rule is switched off.</summary>
internal static class DemoReplication
{
    public static Action<ReplicationOptions> Configure(int target) => o =>
    {
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
        o.ScanInterval = TimeSpan.FromSeconds(2);
        o.ScanTimeout = TimeSpan.FromSeconds(30);
        o.ChallengeInterval = TimeSpan.FromSeconds(20);
        o.ScrubInterval = TimeSpan.FromSeconds(10);
        o.SweepInterval = TimeSpan.FromSeconds(5);
        o.ShardTick = TimeSpan.FromMilliseconds(100);
        o.Shards = 4;
        o.ShelvesPerNode = 2;
        o.ShardConcurrency = 8;
        o.AuditSlots = 2;
        o.JobLease = TimeSpan.FromSeconds(15);
        o.RetryFirst = TimeSpan.FromSeconds(1);
        o.RetryMost = TimeSpan.FromSeconds(10);
        o.LedgerPollInterval = TimeSpan.FromMilliseconds(300);
        o.PublishInterval = TimeSpan.FromMilliseconds(200);
        o.FinalConfirmations = 6;
        o.ProbationPeriod = TimeSpan.FromSeconds(20);
        o.TrialCopies = 4;
    };
}
