using Etdb.Domain.Replication;
using Etdb.Grains;
using Etdb.Grains.Datasets;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Publishers;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Faults;

/// <summary>What operators and publishers wish and override, in the midst of everything else. What they take back is taken back at the latest when everything is healed.</summary>
internal sealed partial class FaultEngine
{
    private const string Operator = "ann";

    private IRegistryGrain Registry => _world.Silo.Grains.GetGrain<IRegistryGrain>(IRegistryGrain.Key);

    /// <summary>Calls a grain as an operator does, until it works. The act must be in the evidence then (I7).</summary>
    private void Say(Func<Task> act)
    {
        var before = _world.Evidence.Acts.Count;
        _world.Retry(act);
        if (!_world.Evidence.Acts.Skip(before).Any(e => e is { Kind: "operator", Author: Operator }))
        {
            _world.Checks.Violated("I7", "an operator's act was acknowledged and is not in the evidence");
        }
    }

    private void ChangePolicy()
    {
        var target = 1 + _random.Next(_world.Settings.Target + 1);
        var policy = _random.Chance(0.3) ? null : Policies.Default(_world.Options) with
        {
            Name = "wish",
            Target = target,
            Floor = Math.Max(1, target - 1),
            Most = target + 1,
            DistinctBy = _random.Chance(0.2) ? DistinctBy.Country : DistinctBy.Member,
        };
        if (_random.Chance(0.3))
        {
            Say(() => _world.Silo.Grains.GetGrain<IPublisherGrain>(World.Publisher.Value).SetPolicy(policy, Operator, "another wish"));
            _world.Wishes.Publisher = policy;
        }
        else if (AnyPublished() is { } published)
        {
            Say(() => DatasetOf(published).SetPolicy(policy, Operator, "another wish"));
            _world.Wishes.Own.Remove(published.Id);
            if (policy is not null)
            {
                _world.Wishes.Own[published.Id] = policy;
            }
        }
    }

    private void LimitPublisher()
    {
        if (_world.Wishes.Quota)
        {
            return;
        }

        var quota = new PublisherQuota(_random.Next(1 + _world.Published.Count), null);
        _world.Wishes.Quota = true;
        Say(() => _world.Silo.Grains.GetGrain<IPublisherGrain>(World.Publisher.Value).SetQuota(quota, Operator, "room is short"));
        At(Exponential(TimeSpan.FromDays(20)), () =>
        {
            Say(() => _world.Silo.Grains.GetGrain<IPublisherGrain>(World.Publisher.Value).SetQuota(null, Operator, "there is room"));
            _world.Wishes.Quota = false;
        });
    }

    private void Override()
    {
        if (AnyPublished() is not { } published)
        {
            return;
        }

        switch (_random.Next(4))
        {
            case 0 when _world.Wishes.Paused.Add(published.Id):
                Operate(published, DatasetActKind.Pause, null);
                At(Exponential(TimeSpan.FromDays(5)), () =>
                {
                    Operate(published, DatasetActKind.Resume, null);
                    _world.Wishes.Paused.Remove(published.Id);
                });
                break;
            case 1 when Any().Id is var node && _world.Wishes.Excluded.Add((published.Id, node)):
                Operate(published, DatasetActKind.Exclude, node);
                At(Exponential(TimeSpan.FromDays(20)), () =>
                {
                    Operate(published, DatasetActKind.Include, node);
                    _world.Wishes.Excluded.Remove((published.Id, node));
                });
                break;
            case 2:
                Operate(published, DatasetActKind.Force, null);
                break;
            default:
                Operate(published, DatasetActKind.Audit, null);
                break;
        }
    }

    private void Operate(Published published, DatasetActKind kind, NodeId? node) => Say(() => DatasetOf(published).Operate(new DatasetAct(kind, node, Operator, "because")));

    private IDatasetGrain DatasetOf(Published published) => _world.Silo.Grains.GetGrain<IDatasetGrain>(published.Id.Value);

    private void Brake()
    {
        _world.Wishes.Brakes++;
        Say(() => Registry.SetOperatorBrake(Operator, "works on the network"));
        At(Exponential(TimeSpan.FromDays(1)), () =>
        {
            if (--_world.Wishes.Brakes == 0)
            {
                Say(() => Registry.SetOperatorBrake(Operator, null));
            }
        });
    }

    /// <summary>Announced, and the node is indeed off for a while; sometimes the work ends early, sometimes late.</summary>
    private void Maintain()
    {
        var node = Any();
        var until = _world.Now + _world.Clock!.Skew + TimeSpan.FromDays(1);
        Unsettle(node.Id, 1);
        Say(() => NodeOf(node).Maintain(until, Operator, "new disks"));
        TakeDown([node]);
        At(TimeSpan.FromDays(2), () =>
        {
            Say(() => NodeOf(node).Maintain(null, Operator, "done"));
            Unsettle(node.Id, -1);
        });
    }

    /// <summary>An operator empties a node and takes it back into service later.</summary>
    private void Drain()
    {
        var node = Any();
        if (node.Leaving || _world.Wishes.Unsettled.GetValueOrDefault(node.Id) > 0)
        {
            return;
        }

        Unsettle(node.Id, 1);
        Say(() => NodeOf(node).Drain(true, Operator, "is to be replaced"));
        At(Exponential(TimeSpan.FromDays(30)), () =>
        {
            Say(() => NodeOf(node).Drain(false, Operator, "is to stay"));
            Unsettle(node.Id, -1);
        });
    }

    private void Unsettle(NodeId node, int by) => _world.Wishes.Unsettled[node] = _world.Wishes.Unsettled.GetValueOrDefault(node) + by;

    private INodeGrain NodeOf(SimNode node) => _world.Silo.Grains.GetGrain<INodeGrain>(node.Id.Value);

    /// <summary>The root of yesterday's evidence goes into the ledger; whatever is written later must not change what it stands for.</summary>
    private void Anchor()
    {
        _world.Evidence.Anchor(DateOnly.FromDateTime(_world.Now.UtcDateTime).AddDays(-1));
        foreach (var problem in _world.Evidence.AnchorProblems())
        {
            _world.Checks.Violated("I7", problem);
        }
    }
}
