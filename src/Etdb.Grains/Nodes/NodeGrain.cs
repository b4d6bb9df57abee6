using System.Collections.Immutable;
using Etdb.Domain.Audit;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;
using Etdb.Grains.State;
using Etdb.Storage.Catalogue;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Nodes;

/// <summary>
/// See <see cref="INodeGrain"/>. Reentrant, as datasets call it while it calls them: state is changed whole and only between awaits,
/// and every write goes through one <see cref="StateWriter{T}"/>. Long work (a pin of hours) runs as a task on the grain's own scheduler,
/// never inside a call; what it finds is sent to the dataset, and the dataset asks if it hears nothing.
/// </summary>
[Reentrant]
[KeepAlive]
[ResourceOptimizedPlacement] // Reads, hashes and moves bytes: goes where processor and memory are free.
public sealed partial class NodeGrain : Grain, INodeGrain, IRemindable, IDisposable
{
    /// <summary>Readers see a fresh probe at least this often, also when nothing changed.</summary>
    private static readonly TimeSpan ShownEvery = TimeSpan.FromSeconds(10);

    private readonly StateWriter<NodeState> _state;
    private readonly IArchiveNodeConnector _connector;
    private readonly Reporter _reporter;
    private readonly IEntropy _entropy;
    private readonly ReplicationOptions _options;
    private readonly GraceLadder _ladder;
    private readonly SlotTable _slots;
    private readonly ChallengeBudget _challenges;
    private readonly ILogger<NodeGrain> _log;
    private readonly PagedTable _pending;
    private readonly ScanGate _gate;
    private readonly CancellationTokenSource _stopping = new();
    private DateTimeOffset _silentFrom;
    private long? _usedNow; // Of the last answer; the stored figure moves in coarse steps only.
    private DateTimeOffset _shownAt;
    private DateTimeOffset? _lastProbeAt;
    private long _orphans;
    private int _newlyMissing;
    private int _replicas;
    private bool _standingSeen; // By this activation.

    public NodeGrain(
        [PersistentState("node", StorageNames.Grains)] IPersistentState<NodeState> state,
        IArchiveNodeConnector connector,
        PageStore pages,
        ScanGate gate,
        Reporter reporter,
        IEntropy entropy,
        IOptions<ReplicationOptions> options,
        ILogger<NodeGrain> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        _state = new StateWriter<NodeState>(state, DeactivateOnIdle);
        _pending = new PagedTable(pages, this.GetGrainId(), "pending", DeactivateOnIdle) { RowsChanged = (key, by) => Wait(IncidentOf(key), by) };
        _gate = gate;
        _connector = connector;
        _reporter = reporter;
        _entropy = entropy;
        _options = options.Value;
        _ladder = Policies.Ladder(options.Value);
        _slots = new SlotTable(options.Value.InSlots, options.Value.OutSlots, options.Value.JobLease);
        _challenges = new ChallengeBudget(options.Value.ChallengesPerNodeDay);
        _log = log;
    }

    private NodeId Id => new(this.GetPrimaryKeyString());

    private IArchiveNode Archive => _connector.Connect(_state.Value.Registration!.Endpoint);

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var state = _state.Value;
        if (state.Registration is null || state.RetiredAt is not null)
        {
            await _pending.OpenAsync();
            return;
        }

        await CountPendingAsync();
        state = _state.Value;

        // Not knowing what happened while nobody looked, an answering node is given its silence from now on.
        _silentFrom = NodeObserver.IsAway(state.Status) ? state.StatusSince : _reporter.Now;
        _slots.WaitForHolders(_reporter.Now);
        await BeginAsync();
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // The end of the work is not awaited on purpose: its dataset asks for it again.
        return _stopping.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <inheritdoc/>
    public async Task Register(NodeRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        var before = _state.Value;
        var isNew = before.Registration is null || before.RetiredAt is not null;
        if (isNew || !registration.Equals(before.Registration))
        {
            var now = _reporter.Now;
            var member = await GrainFactory.GetGrain<IMemberGrain>(registration.Member.Value).Get();
            var current = _state.Value;
            _state.Value = current with
            {
                Registration = registration,
                RetiredAt = null,
                Trial = isNew ? null : current.Trial,
                Draining = !isNew && current.Draining,
                JoinedAt = isNew ? now : current.JoinedAt,
                StatusSince = isNew ? now : current.StatusSince,
                CapacityBytes = registration.CapacityBytes ?? current.CapacityBytes,
                Standing = member?.Standing ?? current.Standing,
                Version = current.Version + 1,
            };
            await _state.SaveAsync();
        }

        await GrainFactory.GetGrain<IMemberGrain>(registration.Member.Value).AddNode(Id.Value);
        if (isNew)
        {
            _silentFrom = _reporter.Now;
            await BeginAsync();
        }

        await TellRegistryAsync(always: true);
        await SeeStandingAsync(); // It may have changed after it was read, and before the member knew whom to tell.
    }

    /// <summary>Level-triggered: the member tells its nodes of a change, but a crash may come between.</summary>
    private async Task SeeStandingAsync()
    {
        if (_state.Value is { Registration: { } registration, RetiredAt: null }
            && (await GrainFactory.GetGrain<IMemberGrain>(registration.Member.Value).Get())?.Standing is { } standing && standing != _state.Value.Standing)
        {
            await MemberChanged(standing);
        }

        _standingSeen = true;
    }

    /// <inheritdoc/>
    public Task Wake() => Task.CompletedTask;

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<NodeDetail?> Get()
    {
        var state = _state.Value;
        return Task.FromResult(state.Registration is null
            ? null
            : new NodeDetail(
                Id, state.Registration, View(), state.Agent, state.RepositoryId, _lastProbeAt, state.Problem,
                _running.Values.Count(r => r.Job.Kind != JobKind.Verify), _running.Values.Count(r => r.Job.Kind == JobKind.Verify) + _waitingAudits.Count,
                _orphans, state.Incidents, state.DrainSince, state.DrainReplicas));
    }

    /// <inheritdoc/>
    public async Task MemberChanged(MemberStanding standing)
    {
        if (_state.Value.RetiredAt is not null)
        {
            return;
        }

        if (_state.Value.Standing != standing)
        {
            var leaves = standing is MemberStanding.Draining && _state.Value.DrainSince is null;
            var held = leaves ? await HeldAsync() : 0;
            Change(s => s with
            {
                Standing = standing,
                Trial = standing == MemberStanding.Probation ? null : s.Trial,
                DrainSince = leaves ? _reporter.Now : s.DrainSince,
                DrainReplicas = leaves ? held : s.DrainReplicas,
            });
        }

        await PlaceChangedAsync();
    }

    /// <inheritdoc/>
    public async Task Drain(bool on, string author, string reason)
    {
        if (_state.Value.Draining != on)
        {
            await _reporter.ProveAsync("operator", null, Id.Value, on ? "drain" : "undrain", new { author, reason }, author);
            var held = await HeldAsync();
            Change(s => s with { Draining = on, DrainSince = on ? _reporter.Now : null, DrainReplicas = on ? held : 0 });
        }

        await PlaceChangedAsync();
    }

    /// <inheritdoc/>
    public async Task Maintain(DateTimeOffset? until, string author, string reason)
    {
        var now = _reporter.Now;
        await _reporter.ProveAsync("operator", null, Id.Value, until is null ? "maintenance-end" : "maintenance", new { author, reason, until }, author);
        Change(s => s with { MaintenanceFrom = s.MaintenanceUntil > now ? s.MaintenanceFrom : now, MaintenanceUntil = until ?? now });
        await _state.SaveAsync();
        await TellRegistryAsync(always: true);
        await ShowAsync();
    }

    private NodeView View() => NodeObserver.View(Id, _state.Value, _slots.ReservedBytes, _reporter.Now, _options.LossesPerNodeYear) with { TrialWanted = TrialWanted() };

    /// <summary>Replicas pinned here as the shelves know it.</summary>
    private async Task<int> HeldAsync()
    {
        var held = 0;
        for (var i = 0; i < _options.ShelvesPerNode; i++)
        {
            held += (await Shelf(i).Touched()).Count;
        }

        return held;
    }

    private void Change(Func<NodeState, NodeState> change)
    {
        var next = change(_state.Value);
        _state.Value = next with { Version = next.Version + 1 };
    }

    private async Task BeginAsync()
    {
        await this.RegisterOrUpdateReminder(StorageNames.WakeReminder, _options.WakeInterval, _options.WakeInterval);
        StartProbing();
    }

    /// <summary>What the node may keep changed: every dataset on it must decide again.</summary>
    private async Task PlaceChangedAsync()
    {
        await _state.SaveAsync();
        await TellRegistryAsync(always: true);
        await ShowAsync();
        await TellShelvesAsync(new ShelfNews(NodeObserver.IsAway(_state.Value.Status) ? ObservationKind.NoAnswer : ObservationKind.Answered, _reporter.Now, null));
    }

    private async Task TellRegistryAsync(bool always)
    {
        if (_state.Value.RetiredAt is not null)
        {
            return; // What was under way when it was taken out must not enter it again.
        }

        var node = new TopologyNode(View(), _state.Value.Registration!.Endpoint, _state.Value.Registration.SourceOnly);
        var registry = GrainFactory.GetGrain<IRegistryGrain>(IRegistryGrain.Key);
        if (always)
        {
            await registry.PutNode(node);
        }
        else
        {
            var missing = _newlyMissing;
            await registry.Report(node, _replicas, missing);
            _newlyMissing -= missing;
        }
    }

    private ValueTask ShowAsync()
    {
        _shownAt = _reporter.Now;
        var state = _state.Value;
        var view = View();
        return _reporter.ShowAsync(new NodeChanged(new NodeRow(
            Id.Value, state.Version, view.Member.Value, view.Site ?? "", view.Country ?? "", state.RetiredAt is null ? Words.Of(view) : "left", state.StatusSince, state.Agent,
            state.CapacityBytes > 0 ? state.CapacityBytes : null, state.LastAnswerAt is null ? null : _usedNow ?? state.UsedBytes, _lastProbeAt,
            _running.Count, _waitingAudits.Count, state.Problem, state.Registration!.Endpoint.Rpc, state.Registration.Endpoint.Gateway)));
    }
}
