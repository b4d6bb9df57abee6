using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.State;
using Microsoft.Extensions.Options;

namespace Etdb.Grains.Members;

/// <summary>See <see cref="IRegistryGrain"/>. It calls no other grain, so whoever waits for it never waits in a circle.</summary>
[Reentrant]
[KeepAlive]
[ResourceOptimizedPlacement] // One, asked by every silo: wherever there is room.
public sealed class RegistryGrain : Grain, IRegistryGrain
{
    /// <summary>Replicas found missing are remembered this long for the brake.</summary>
    private static readonly TimeSpan MissingWindow = TimeSpan.FromHours(1);

    /// <summary>Reports of missing replicas kept; older ones are dropped first.</summary>
    private const int MissingKept = 10_000;

    private readonly StateWriter<RegistryState> _state;
    private readonly Reporter _reporter;
    private readonly StormBrake _storm;
    private readonly HashSet<NodeId> _heard = [];
    private readonly Dictionary<NodeId, int> _replicas = [];
    private readonly Queue<(DateTimeOffset At, int Count)> _missing = new();
    private readonly Dictionary<BrakeKind, DateTimeOffset> _since = [];
    private bool _startupOver;
    private Topology _topology = Topology.Empty;

    public RegistryGrain(
        [PersistentState("registry", StorageNames.Grains)] IPersistentState<RegistryState> state,
        Reporter reporter,
        IOptions<ReplicationOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _state = new StateWriter<RegistryState>(state, DeactivateOnIdle);
        _reporter = reporter;
        _storm = new StormBrake { SilentNodes = options.Value.StormNodeShare, SilentMembers = options.Value.StormMembers };
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A new version, as nodes heard before are to be heard again and brakes may have changed.
        _state.Value = _state.Value with { Version = _state.Value.Version + 1 };
        await _state.SaveAsync();
        Publish(force: true);
    }

    /// <inheritdoc/>
    public Task<Topology?> Read(long knownVersion) => Task.FromResult(_topology.Version == knownVersion ? null : _topology);

    /// <inheritdoc/>
    public async Task PutMember(TopologyMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        if (_state.Value.Members.GetValueOrDefault(member.Id.Value) != member)
        {
            await ChangeAsync(s => s with { Members = s.Members.SetItem(member.Id.Value, member) });
        }
    }

    /// <inheritdoc/>
    public Task PutNode(TopologyNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return PutAsync(node, heard: false);
    }

    /// <inheritdoc/>
    public async Task Report(TopologyNode node, int replicas, int newlyMissing)
    {
        ArgumentNullException.ThrowIfNull(node);
        _replicas[node.View.Node] = replicas;
        if (newlyMissing > 0)
        {
            _missing.Enqueue((_reporter.Now, newlyMissing));
            if (_missing.Count > MissingKept)
            {
                _missing.Dequeue();
            }
        }

        await PutAsync(node, heard: true);
    }

    /// <inheritdoc/>
    public async Task RemoveNode(NodeId node)
    {
        if (_state.Value.Nodes.ContainsKey(node.Value))
        {
            await ChangeAsync(s => s with { Nodes = s.Nodes.Remove(node.Value) });
        }
    }

    /// <inheritdoc/>
    public async Task SetOperatorBrake(string author, string? reason)
    {
        await _reporter.ProveAsync("operator", null, null, reason is null ? "brake-off" : "brake-on", new { author, reason }, author);
        await ChangeAsync(s => s with { OperatorBrake = reason is null ? null : $"{author}: {reason}" });
    }

    private async Task PutAsync(TopologyNode node, bool heard)
    {
        var news = heard && _heard.Add(node.View.Node);
        if (!Same(_state.Value.Nodes.GetValueOrDefault(node.View.Node.Value), node))
        {
            await ChangeAsync(s => s with { Nodes = s.Nodes.SetItem(node.View.Node.Value, node) });
        }
        else if (news || _topology.Brakes.Count > 0)
        {
            Publish(force: false);
        }
    }

    private async Task ChangeAsync(Func<RegistryState, RegistryState> change)
    {
        var next = change(_state.Value);
        _state.Value = next with { Version = next.Version + 1 };
        await _state.SaveAsync();
        Publish(force: true);
    }

    /// <summary>Makes the snapshot again; without a change of state only when the brakes are others than before.</summary>
    private void Publish(bool force)
    {
        var state = _state.Value;
        var brakes = Brakes(state);
        if (!force && brakes.Select(b => (b.Kind, b.Reason)).SequenceEqual(_topology.Brakes.Select(b => (b.Kind, b.Reason))))
        {
            return;
        }

        // Brakes are not part of the durable state: their changes get versions between those of the state.
        var version = Math.Max(_topology.Version + 1, state.Version * 1_000_000);
        _topology = new Topology { Version = version, Members = [.. state.Members.Values], Nodes = [.. state.Nodes.Values], Brakes = brakes };
    }

    private List<Brake> Brakes(RegistryState state)
    {
        var now = _reporter.Now;
        while (_missing.TryPeek(out var oldest) && now - oldest.At > MissingWindow)
        {
            _missing.Dequeue();
        }

        var nodes = state.Nodes.Values.Where(n => !n.SourceOnly).Select(n => n.View).ToList();
        var decision = _storm.Decide(new BrakeInput
        {
            Cluster = ClusterView.From(nodes),
            Reported = _heard,
            StartupOver = _startupOver,
            Replicas = _replicas.Values.Sum(r => (long)r),
            NewlyMissing = _missing.Sum(m => (long)m.Count),
            OperatorReason = state.OperatorBrake,
        });
        _startupOver |= nodes.Count > 0 && decision.Brakes.All(b => b.Kind != BrakeKind.SafeMode);
        var on = decision.Brakes.Select(b => b.Kind).ToHashSet();
        foreach (var kind in _since.Keys.Where(k => !on.Contains(k)).ToList())
        {
            _since.Remove(kind);
        }

        return [.. decision.Brakes.Select(b => new Brake(b.Kind, _since.TryGetValue(b.Kind, out var since) ? since : _since[b.Kind] = now, b.Text))];
    }

    /// <summary>Room promised changes with every transfer and is the node's own to guard; it alone makes no new version.</summary>
    private static bool Same(TopologyNode? a, TopologyNode b)
    {
        if (a is null || a.Endpoint != b.Endpoint || a.SourceOnly != b.SourceOnly || !a.View.Tags.SequenceEqual(b.View.Tags, StringComparer.Ordinal))
        {
            return false;
        }

        var rate = Math.Abs(a.View.LossRatePerYear - b.View.LossRatePerYear) < b.View.LossRatePerYear * 0.05 ? b.View.LossRatePerYear : a.View.LossRatePerYear;
        return a.View with { ReservedBytes = b.View.ReservedBytes, Tags = b.View.Tags, LossRatePerYear = rate } == b.View;
    }
}
