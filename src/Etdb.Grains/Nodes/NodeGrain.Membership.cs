using Etdb.Domain.Membership;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;

namespace Etdb.Grains.Nodes;

/// <summary>The node as its member's: on trial while that is on probation, and taken out when that leaves.</summary>
public sealed partial class NodeGrain
{
    private int _trialCopies; // Begun by this activation; what was there before is found by the first listing.

    /// <inheritdoc/>
    public async Task Retire(string author, string reason)
    {
        if (_state.Value is { Registration: { } registration, RetiredAt: null })
        {
            await _reporter.ProveAsync("operator", null, Id.Value, "removed", new { author, reason, member = registration.Member.Value }, author);
            Change(s => s with { RetiredAt = _reporter.Now, Registration = registration with { Endpoint = registration.Endpoint with { Authorization = null } } });
            await _state.SaveAsync();
        }

        _probeTimer?.Dispose();
        _probeTimer = null;
        await GrainFactory.GetGrain<IRegistryGrain>(IRegistryGrain.Key).RemoveNode(Id);
        await ShowAsync();
        if (await this.GetReminder(State.StorageNames.WakeReminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> SetCredential(string? authorization, string author)
    {
        if (_state.Value is not { Registration: not null, RetiredAt: null })
        {
            return false;
        }

        await _reporter.ProveAsync("operator", null, Id.Value, authorization is null ? "credential-removed" : "credential-changed", new { author }, author);
        if (_state.Value is not { Registration: { } current, RetiredAt: null })
        {
            return false; // It was taken out meanwhile.
        }

        await Register(current with { Endpoint = current.Endpoint with { Authorization = authorization } });
        return true;
    }

    /// <summary>A check on a node on trial counts for or against it; one that could not be finished does neither.</summary>
    private async Task NoteTrialAsync(JobReport? report)
    {
        if (_state.Value.Standing != MemberStanding.Probation || report?.Check is not { Verdict: not ReplicaVerdict.Unknown } check)
        {
            return;
        }

        var trial = _state.Value.Trial ?? new NodeTrial(Id.Value, true, null, null, 0);
        Change(s => s with { Trial = ProbationRule.After(trial, check.Verdict == ReplicaVerdict.Complete, report.FinishedAt) });
        await _state.SaveAsync();
        await ReportTrialAsync();
    }

    private async Task ReportTrialAsync()
    {
        if (_state.Value is { Standing: MemberStanding.Probation, Registration: { } registration })
        {
            var trial = _state.Value.Trial ?? new NodeTrial(Id.Value, true, null, null, 0);
            await GrainFactory.GetGrain<IMemberGrain>(registration.Member.Value).TrialReport(trial with { Answers = _state.Value.Status == Domain.Replication.NodeStatus.Up });
        }
    }

    /// <summary>Trial copies are given only once it is known what is there already, and only as many as it takes to judge.</summary>
    private bool TrialWanted() => _state.Value.Standing == MemberStanding.Probation && _scannedAt is not null && Math.Max(_replicas, _trialCopies) < _options.TrialCopies;
}
