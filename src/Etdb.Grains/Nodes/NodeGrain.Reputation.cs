using Etdb.Domain.Audit;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Nodes;

/// <summary>What audits say of the node itself. It weighs in placement and in how soon is audited again; nobody is expelled by it.</summary>
public sealed partial class NodeGrain
{
    /// <summary>Unfinished audits remembered; more at once are an outage, not dodging.</summary>
    private const int ContainedMaximum = 1024;

    /// <summary>Audits that stalled and are asked again; a restart forgets them, which is in the node's favour.</summary>
    private readonly Dictionary<DatasetRef, Containment> _contained = [];

    private async Task JudgeAsync(DatasetRef dataset, ReplicaCheck check, DateTimeOffset from)
    {
        var now = _reporter.Now;
        var verdict = VerdictOf(check.Verdict);
        var known = _contained.GetValueOrDefault(dataset);
        var tooSoon = verdict == AuditVerdict.Unfinished && known is { } waits && now < waits.NextAt;

        // A disk that is known to be lost fails every audit: that is one event, which the rate of losses has counted already.
        if (tooSoon || (verdict is AuditVerdict.Missing or AuditVerdict.Corrupt && Open("disk-loss") is not null))
        {
            return;
        }

        var before = _state.Value.Reputation;
        var judged = AuditJudge.Judge(Id, verdict, from, check.Full ? VerificationDepth.Full : VerificationDepth.Sample, check.BlocksChecked, before, known, now);
        _contained.Remove(dataset);
        if (judged.Containment is { } contained && _contained.Count < ContainedMaximum)
        {
            _contained[dataset] = contained;
        }

        if (judged.Reputation == before)
        {
            return;
        }

        // A pass is written down with the next change; a failure at once.
        Change(s => s with { Reputation = judged.Reputation });
        if (verdict == AuditVerdict.Passed)
        {
            return;
        }

        await _state.SaveAsync();
        if (judged.Reputation.Standing != before.Standing)
        {
            await _reporter.ProveAsync("incident", null, Id.Value, Words.Of(judged.Reputation.Standing), new { score = judged.Reputation.Score, finished = judged.Reputation.FinishedScore });
        }
    }

    /// <summary>A node that does not answer is the ladder's business; one that answers probes and not audits has not finished.</summary>
    private AuditVerdict VerdictOf(ReplicaVerdict verdict) => verdict switch
    {
        ReplicaVerdict.Complete => AuditVerdict.Passed,
        ReplicaVerdict.Missing => AuditVerdict.Missing,
        ReplicaVerdict.Corrupt => AuditVerdict.Corrupt,
        _ => _state.Value.Status == NodeStatus.Up ? AuditVerdict.Unfinished : AuditVerdict.Offline,
    };
}
