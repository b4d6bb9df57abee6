using Etdb.Domain.Replication;
using Etdb.Grains.Nodes;
using Etdb.Grains.State;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Members;

/// <summary>Keeps one member. Every act is durable, then told to the registry and to its nodes; repeating an act repairs what a crash cut off.</summary>
[HashBasedPlacement] // One for each member, seldom at work: spread.
public sealed partial class MemberGrain : Grain, IMemberGrain
{
    private readonly StateWriter<MemberState> _state;
    private readonly Reporter _reporter;
    private readonly TimeSpan _probationPeriod;

    public MemberGrain([PersistentState("member", StorageNames.Grains)] IPersistentState<MemberState> state, Reporter reporter, IOptions<ReplicationOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _probationPeriod = options.Value.ProbationPeriod;
        _state = new StateWriter<MemberState>(state, DeactivateOnIdle);
        _reporter = reporter;
    }

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task Register(MemberRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        var before = _state.Value;
        var standing = before.Registration is null || before.Standing == MemberStanding.Left
            ? registration.Probation ? MemberStanding.Probation : MemberStanding.Active
            : before.Standing;
        if (before.Registration != registration || before.Standing != standing)
        {
            _state.Value = before with { Registration = registration, Standing = standing, StandingReason = standing == before.Standing ? before.StandingReason : null, Version = before.Version + 1 };
            await _state.SaveAsync();
        }

        await TellAsync();
    }

    /// <inheritdoc/>
    public async Task AddNode(string node)
    {
        var before = _state.Value;
        if (!before.Nodes.Contains(node, StringComparer.Ordinal))
        {
            _state.Value = before with { Nodes = [.. before.Nodes, node], Version = before.Version + 1 };
            await _state.SaveAsync();
        }
    }

    /// <inheritdoc/>
    public Task<MemberView?> Get()
    {
        var state = _state.Value;
        return Task.FromResult(state.Registration is null
            ? null
            : new MemberView(Id, state.Registration, state.Standing, state.Nodes, state.StandingReason, state.Standing == MemberStanding.Probation ? _waitsFor : null));
    }

    /// <inheritdoc/>
    public Task Show() => _state.Value.Registration is null ? Task.CompletedTask : TellAsync();

    /// <inheritdoc/>
    public async Task SetStanding(MemberStanding standing, string author, string reason)
    {
        var before = _state.Value;
        if (before.Registration is null)
        {
            throw new InvalidOperationException($"Member '{Id}' is not registered; register it first.");
        }

        if (before.Standing != standing)
        {
            await _reporter.ProveAsync("operator", null, null, $"member-{Words.Of(standing)}", new { member = Id, author, reason }, author);
            _state.Value = before with { Standing = standing, StandingReason = $"{reason} ({author})", Version = before.Version + 1 };
            await _state.SaveAsync();
        }

        await TellAsync();
        foreach (var node in before.Nodes)
        {
            await GrainFactory.GetGrain<INodeGrain>(node).MemberChanged(standing);
        }
    }

    private async Task TellAsync()
    {
        var state = _state.Value;
        var registration = state.Registration!;
        await GrainFactory.GetGrain<IRegistryGrain>(IRegistryGrain.Key).PutMember(
            new TopologyMember(new MemberId(Id), registration.Name, registration.Country, state.Standing, registration.PledgeBytes, state.Line is not null));
        await _reporter.ShowAsync(new MemberChanged(new MemberRow(
            Id, state.Version, registration.Name, registration.Country, Words.Of(state.Standing), registration.PledgeBytes, registration.Contact)));
    }
}
