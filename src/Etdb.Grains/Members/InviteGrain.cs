using Etdb.Domain.Membership;
using Etdb.Domain.Replication;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Grains.State;

namespace Etdb.Grains.Members;

/// <summary>
/// See <see cref="IInviteGrain"/>. Not reentrant: of two who come with the same invitation one is first. The write that accepts is the one that
/// counts; member and node are entered after it, and entered again by a reminder if a crash came between.
/// </summary>
[PreferLocalPlacement] // Asked by one API call after another, from the silo that took it.
public sealed class InviteGrain : Grain, IInviteGrain, IRemindable
{
    /// <summary>Looking at a node may take this long; below the limit of a call.</summary>
    private static readonly TimeSpan InspectLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan WakeEvery = TimeSpan.FromMinutes(1);

    private readonly StateWriter<InviteState> _state;
    private readonly INodeInspector _inspector;
    private readonly TopologyCache _topology;
    private readonly Reporter _reporter;

    public InviteGrain([PersistentState("invite", StorageNames.Grains)] IPersistentState<InviteState> state, INodeInspector inspector, TopologyCache topology, Reporter reporter)
    {
        _state = new StateWriter<InviteState>(state, DeactivateOnIdle);
        _inspector = inspector;
        _topology = topology;
        _reporter = reporter;
    }

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task Open(InviteTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (_state.Value.Terms is null)
        {
            await _reporter.ProveAsync("operator", null, null, "invite", new { invite = Id, member = terms.Member, terms.Name, terms.Country, terms.ExpiresAt, author = terms.Author });
            _state.Value = _state.Value with { Terms = terms };
            await _state.SaveAsync();
        }
    }

    /// <inheritdoc/>
    public Task<InviteView?> Get()
    {
        var s = _state.Value;
        return Task.FromResult(s.Terms is null ? null : new InviteView(Id, s.Terms, s.Phase, s.Accepted?.Endpoint.Node.Value, s.UsedAt, s.LastChecks));
    }

    /// <inheritdoc/>
    public async Task<JoinAnswer> Join(JoinRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_state.Value.Phase == InvitePhase.Accepted)
        {
            await CompleteAsync();
        }

        var state = _state.Value;
        JoinOutcome? closed = (state.Terms, state.Phase) switch
        {
            (null, _) => JoinOutcome.Unknown,
            (_, InvitePhase.Revoked) => JoinOutcome.Revoked,
            (_, InvitePhase.Used) => JoinOutcome.Used,
            _ when _reporter.Now >= state.Terms.ExpiresAt => JoinOutcome.Expired,
            _ => (await GrainFactory.GetGrain<IMemberGrain>(state.Terms.Member).Get())?.Standing == MemberStanding.Draining ? JoinOutcome.Leaving : null,
        };
        if (closed is { } outcome)
        {
            return new JoinAnswer(outcome, [], state.Terms?.Member, null, null);
        }

        var seen = await InspectAsync(request);
        var checks = JoinChecks.Judge(seen, new JoinRequirements(), request.PledgeBytes);
        var may = JoinChecks.MayJoin(checks);
        if (may && await ClaimAsync(request, seen) is { } other)
        {
            checks = JoinChecks.Judge(seen with { SameAs = other }, new JoinRequirements(), request.PledgeBytes);
            may = false;
        }

        if (!may || request.CheckOnly)
        {
            _state.Value = _state.Value with { LastChecks = checks };
            await _state.SaveAsync();
            return new JoinAnswer(may ? JoinOutcome.WouldJoin : JoinOutcome.Refused, checks, state.Terms!.Member, null, null);
        }

        return await AcceptAsync(request, checks);
    }

    /// <inheritdoc/>
    public async Task<bool> Revoke(string author, string reason)
    {
        if (_state.Value is not { Terms: not null, Phase: InvitePhase.Open })
        {
            return _state.Value.Phase == InvitePhase.Revoked;
        }

        await _reporter.ProveAsync("operator", null, null, "invite-revoked", new { invite = Id, author, reason }, author);
        _state.Value = _state.Value with { Phase = InvitePhase.Revoked };
        await _state.SaveAsync();
        return true;
    }

    /// <inheritdoc/>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_state.Value.Phase == InvitePhase.Accepted)
        {
            await CompleteAsync();
        }

        if (await this.GetReminder(reminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private async Task<JoinAnswer> AcceptAsync(JoinRequest request, IReadOnlyList<JoinCheck> checks)
    {
        var terms = _state.Value.Terms!;
        // The reminder first: from the write below on, nothing but its own end may stop the join.
        await this.RegisterOrUpdateReminder(StorageNames.WakeReminder, WakeEvery, WakeEvery);
        await _reporter.ProveAsync("operator", null, request.Endpoint.Node.Value, "join", new
        {
            invite = Id, member = terms.Member, rpc = request.Endpoint.Rpc, request.Site, request.Country, pledge = request.PledgeBytes, author = terms.Author,
            checks = checks.Select(c => new { c.Name, result = Words.Of(c.Result), c.Text }),
        });
        _state.Value = _state.Value with { Phase = InvitePhase.Accepted, Accepted = request, LastChecks = checks };
        await _state.SaveAsync();
        await CompleteAsync();
        var member = await GrainFactory.GetGrain<IMemberGrain>(terms.Member).Get();
        return new JoinAnswer(JoinOutcome.Joined, checks, terms.Member, request.Endpoint.Node.Value, member?.Standing);
    }

    /// <summary>Carries an accepted join to its end; every step may be repeated.</summary>
    private async Task CompleteAsync()
    {
        var (terms, request) = (_state.Value.Terms!, _state.Value.Accepted!);
        var grain = GrainFactory.GetGrain<IMemberGrain>(terms.Member);
        var known = (await grain.Get())?.Registration;
        await grain.Register(new MemberRegistration(
            known?.Name ?? terms.Name, known?.Country ?? terms.Country, request.PledgeBytes ?? known?.PledgeBytes, request.PledgeUntil ?? known?.PledgeUntil, request.Contact ?? known?.Contact, Probation: true));
        await GrainFactory.GetGrain<INodeGrain>(request.Endpoint.Node.Value).Register(new NodeRegistration(
            new MemberId(terms.Member), request.Site, request.Country ?? (terms.Country.Length > 0 ? terms.Country : null), request.Tags, request.Endpoint, request.CapacityBytes, SourceOnly: false));
        // The credential now lives with the node; here it would only outlive it.
        _state.Value = _state.Value with { Phase = InvitePhase.Used, UsedAt = _reporter.Now, Accepted = request with { Endpoint = request.Endpoint with { Authorization = null } } };
        await _state.SaveAsync();
    }

    private async Task<JoinFindings> InspectAsync(JoinRequest request)
    {
        using var limit = new CancellationTokenSource(InspectLimit, _reporter.Time);
        JoinFindings seen;
        try
        {
            seen = await _inspector.InspectAsync(request.Endpoint, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            seen = new JoinFindings { RpcProblem = $"The node answers, but not all that is asked within {InspectLimit.TotalSeconds:0} s." };
        }

        return seen with
        {
            CapacityBytes = Math.Min(seen.CapacityBytes, request.CapacityBytes ?? long.MaxValue),
            OperatorClockAhead = request.ClockAhead,
            SameAs = await SameAsync(request, seen),
        };
    }

    /// <summary>
    /// The directory knows a node only after it was taken in, and its repository only after its first probe: two who come at once with invitations of their own would not see each other there.
    /// </summary>
    private Task<string?> ClaimAsync(JoinRequest request, JoinFindings seen)
    {
        var identities = new[] { seen.RepositoryId, seen.PeerId }.OfType<string>().Where(i => i.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        return GrainFactory.GetGrain<IInviteBookGrain>(IInviteBookGrain.Key).Claim(new NodeClaim(Id, request.Endpoint.Node.Value, request.Endpoint.Rpc, identities, _reporter.Now), enter: !request.CheckOnly);
    }

    /// <summary>A node of the cluster with this id, address or repository: two names of one disk would count as two copies.</summary>
    private async Task<string?> SameAsync(JoinRequest request, JoinFindings seen)
    {
        var nodes = (await _topology.ReadAsync(GrainFactory)).Topology.Nodes;
        if (nodes.FirstOrDefault(n => n.View.Node == request.Endpoint.Node || n.Endpoint.Rpc == request.Endpoint.Rpc) is { } same)
        {
            return same.View.Node.Value;
        }

        var details = await Task.WhenAll(nodes.Select(n => GrainFactory.GetGrain<INodeGrain>(n.View.Node.Value).Get()));
        return details.FirstOrDefault(d => d?.RepositoryId is { } id && (id == seen.RepositoryId || id == seen.PeerId))?.Id.Value;
    }
}
