using Etdb.Domain.Membership;
using Etdb.Grains.Nodes;

namespace Etdb.Grains.Members;

/// <summary>Probation, what the member says of itself, maintenance, and its end.</summary>
public sealed partial class MemberGrain
{
    // Told again with every probe, so they need not be kept.
    private readonly SortedDictionary<string, NodeTrial> _trials = new(StringComparer.Ordinal);
    private string _waitsFor = "Its nodes have not reported yet.";

    /// <inheritdoc/>
    public async Task TrialReport(NodeTrial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        var state = _state.Value;
        if (state.Standing != MemberStanding.Probation || state.Registration is null)
        {
            _trials.Clear();
            await TellNodeAsync(trial.Node, state.Standing);
            return;
        }

        _trials[trial.Node] = trial;
        var silent = state.Nodes.FirstOrDefault(n => !_trials.ContainsKey(n));
        var verdict = silent is null
            ? ProbationRule.Decide([.. state.Nodes.Select(n => _trials[n])], _probationPeriod, _reporter.Now)
            : new ProbationVerdict(false, $"{silent} has not reported yet.");
        _waitsFor = verdict.Text;
        if (verdict.Pass)
        {
            await SetStanding(MemberStanding.Active, "cluster", verdict.Text);
        }
    }

    /// <summary>It still believes in a probation that is over: a crash, or its joining just then, kept it from hearing of the end.</summary>
    private Task TellNodeAsync(string node, MemberStanding standing)
        => _state.Value.Nodes.Contains(node, StringComparer.Ordinal) ? GrainFactory.GetGrain<INodeGrain>(node).MemberChanged(standing) : Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<MemberView?> Describe(MemberDescription description, string author)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (_state.Value.Registration is not { } before)
        {
            return null;
        }

        var after = before with
        {
            Name = description.Name ?? before.Name,
            Country = description.Country ?? before.Country,
            PledgeBytes = description.PledgeBytes ?? before.PledgeBytes,
            PledgeUntil = description.PledgeUntil ?? before.PledgeUntil,
            Contact = description.Contact ?? before.Contact,
        };
        if (after != before)
        {
            await _reporter.ProveAsync("operator", null, null, "member-described", new { member = Id, author, after.Name, after.Country, after.PledgeBytes, after.PledgeUntil });
            _state.Value = _state.Value with { Registration = after, Version = _state.Value.Version + 1 };
            await _state.SaveAsync();
        }

        await TellAsync();
        return await Get();
    }

    /// <inheritdoc/>
    public Task Maintain(DateTimeOffset? until, string author, string reason)
        => Task.WhenAll(_state.Value.Nodes.Select(node => GrainFactory.GetGrain<INodeGrain>(node).Maintain(until, author, reason)));

    /// <inheritdoc/>
    public async Task Remove(string author, string reason)
    {
        await SetStanding(MemberStanding.Left, author, reason);
        foreach (var node in _state.Value.Nodes)
        {
            await GrainFactory.GetGrain<INodeGrain>(node).Retire(author, reason);
        }

        if (_state.Value.Nodes.Count > 0)
        {
            _state.Value = _state.Value with { Nodes = [], Version = _state.Value.Version + 1 };
            await _state.SaveAsync();
            await TellAsync();
        }
    }
}
