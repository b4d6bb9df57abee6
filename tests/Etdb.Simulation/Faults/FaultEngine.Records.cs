using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Nodes;
using Etdb.Grains.Ports;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Faults;

/// <summary>What people and the ledger do.</summary>
internal sealed partial class FaultEngine
{
    private int _joined;

    private void JumpClock()
    {
        var jump = _random.Chance(0.5) ? TimeSpan.FromMinutes(_random.Next(60)) : TimeSpan.FromHours(-_random.Next(6));
        _world.Clock!.Skew += jump;
        _world.Log.Add($"clock jumps by {jump}");
        At(Exponential(TimeSpan.FromHours(12)), () => _world.Clock!.Skew -= jump);
    }

    /// <summary>The latest records vanish from the best chain; most come back in other blocks.</summary>
    private void Reorganise()
    {
        var gone = _world.Published.Values.Where(p => p.GoneSince is null).TakeLast(1 + _random.Next(3)).ToList();
        _world.Ledger.Forget(_world.Now - TimeSpan.FromHours(1));
        foreach (var published in gone)
        {
            _world.Ledger.Add(LedgerEventKind.Retracted, published.Id, null);
            LetGo(published);
        }

        At(Exponential(TimeSpan.FromMinutes(30)), () =>
        {
            foreach (var published in gone)
            {
                _world.Ledger.Add(LedgerEventKind.Current, published.Id, World.Record(published));
                _world.Published[published.Id] = _world.Published[published.Id] with { GoneSince = null };
                _world.Checks.Wanted(published.Content.Root);
            }
        });
    }

    private void LetGo(Published published)
    {
        _world.Published[published.Id] = published with { GoneSince = _world.Now };
        _world.Checks.Unwanted(published.Content.Root);
    }

    private void Edit()
    {
        if (AnyPublished() is not { } published)
        {
            return;
        }

        var version = published.Version + 1;
        var next = published with { Version = version };
        if (_random.Chance(0.5))
        {
            next = next with { Content = _world.NewContent(published.Id, version) };
            _world.Checks.Unwanted(published.Content.Root);
        }

        _world.Published[published.Id] = next;
        _world.Ledger.Add(LedgerEventKind.Current, published.Id, World.Record(next));
    }

    private void Deactivate()
    {
        if (AnyPublished() is { } published)
        {
            _world.Ledger.Add(LedgerEventKind.Deactivated, published.Id, null);
            LetGo(published);
        }
    }

    private void Join()
    {
        var id = $"new{++_joined}";
        Setup.AddMember(_world, id, "DE");
        Setup.AddNode(_world, $"{id}-n1", id, "DE");
    }

    /// <summary>A member announces that it leaves, and takes its nodes away once nothing depends on them (or half a year later).</summary>
    private void Leave()
    {
        var members = _world.Nodes.Values.Where(n => !n.SourceOnly && !n.Left).Select(n => n.Member).Distinct().ToList();
        if (members.Count <= _world.Settings.Target + 1)
        {
            return;
        }

        var leaving = members[_random.Next(members.Count)];
        _world.Log.Add($"{leaving} leaves");
        foreach (var node in _world.Nodes.Values.Where(n => n.Member == leaving))
        {
            node.Leaving = true;
        }

        _world.Retry(() => _world.Silo.Grains.GetGrain<IMemberGrain>(leaving.Value).SetStanding(MemberStanding.Draining, "admin", "leaves the consortium"));
        At(TimeSpan.FromDays(60), () => TakeAway(leaving));
    }

    private void TakeAway(MemberId leaving)
    {
        foreach (var node in _world.Nodes.Values.Where(n => n.Member == leaving).ToList())
        {
            node.Left = true;
            node.Down++;
        }

        _world.Retry(() => _world.Silo.Grains.GetGrain<IMemberGrain>(leaving.Value).SetStanding(MemberStanding.Left, "admin", "has left"));
    }

    private void CollectGarbage()
    {
        foreach (var node in _world.Nodes.Values.Where(n => n.IsUp))
        {
            node.CollectGarbage();
        }
    }

    private void LoseLedger()
    {
        _world.Ledger.Down = true;
        At(Exponential(TimeSpan.FromHours(10)), () => _world.Ledger.Down = false);
    }
}
