using Etdb.Domain.Replication;
using Etdb.Grains.Ports;
using Etdb.Orleans.Embedded.Simulation;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Faults;

/// <summary>Draws when what goes wrong (Poisson processes), does it, and undoes what passes by itself.</summary>
internal sealed partial class FaultEngine
{
    private const double SecondsPerYear = 365.25 * 86400;

    private readonly World _world;
    private readonly SeededRandom _random;
    private readonly List<(double PerYear, string Name, Action Do)> _kinds;
    private readonly PriorityQueue<Action, (DateTimeOffset At, int Order)> _later = new();
    private int _order;

    public FaultEngine(World world, FaultRates rates)
    {
        _world = world;
        _random = world.Random.Fork();
        var nodes = world.Settings.Nodes;
        _kinds =
        [
            (rates.DiskPerNode * nodes, "disk", LoseDisk),
            (rates.SectorPerNode * nodes, "sector", DamageSector),
            (rates.OutagePerNode * nodes, "outage", () => TakeDown([Any()])),
            (rates.MemberOutage, "member-outage", TakeMemberDown),
            (rates.Partition, "partition", Partition),
            (rates.SlowPerNode * nodes, "slow", SlowDown),
            (rates.PinsDeleted, "pins-deleted", DeletePins),
            (rates.DiskFull, "disk-full", FillDisk),
            (rates.SiloCrash, "silo-crash", () => _world.CrashSilo(_random.Next(3000))),
            (rates.StorageTrouble, "storage", TroubleStorage),
            (rates.ClockJump, "clock", JumpClock),
            (rates.Reorganisation, "reorganisation", Reorganise),
            (rates.Edit, "edit", Edit),
            (rates.Deactivation, "deactivation", Deactivate),
            (rates.MemberJoins, "join", Join),
            (rates.MemberLeaves, "leave", Leave),
            (rates.GarbageCollection, "gc", CollectGarbage),
            (rates.LedgerDown, "ledger-down", LoseLedger),
            (rates.PolicyChange, "policy", ChangePolicy),
            (rates.Quota, "quota", LimitPublisher),
            (rates.Override, "override", Override),
            (rates.OperatorBrake, "brake", Brake),
            (rates.Maintenance, "maintenance", Maintain),
            (rates.NodeDrain, "drain", Drain),
            (rates.Anchor, "anchor", Anchor),
        ];
        foreach (var kind in _kinds)
        {
            Schedule(kind.PerYear, kind.Name, kind.Do);
        }
    }

    /// <summary>When the next thing happens.</summary>
    public DateTimeOffset? Next => _later.TryPeek(out _, out var due) ? due.At : null;

    /// <summary>Called by a fault kind to end what passes by itself, and by the run to end everything.</summary>
    public bool Quiet { get; private set; }

    /// <summary>Does what is due now.</summary>
    public void Run()
    {
        while (_later.TryPeek(out var act, out var due) && due.At <= _world.Now)
        {
            _later.Dequeue();
            act();
        }
    }

    /// <summary>No new faults; what passes by itself passes at once: networks, nodes, clocks, ledgers and stores are well again.</summary>
    public void HealEverything()
    {
        Quiet = true;
        while (_later.TryDequeue(out var act, out _))
        {
            act();
        }

        _world.CutOff.Clear();
        _world.StorageFaults.WriteFails = _world.StorageFaults.WriteIsLostOnTheWayBack = _world.StorageFaults.ReadFails = 0;
        _world.Ledger.Down = false;
        foreach (var node in _world.Nodes.Values.Where(n => !n.Left))
        {
            node.Down = 0;
            node.Slowness = 1;
            node.ForeignBytes = 0;
            node.Lying = 0;
        }

        _world.Log.Add("heal everything");
    }

    private void Schedule(double perYear, string name, Action fault)
    {
        if (perYear <= 0)
        {
            return;
        }

        At(Exponential(TimeSpan.FromSeconds(SecondsPerYear / perYear)), () =>
        {
            if (Quiet)
            {
                return;
            }

            Schedule(perYear, name, fault);
            _world.Faults++;
            _world.Log.Add($"fault {name}");
            fault();
        });
    }

    private void At(TimeSpan wait, Action act) => _later.Enqueue(act, (_world.Now + wait, _order++));

    private TimeSpan Exponential(TimeSpan mean)
    {
        var drawn = -Math.Log(1 - _random.NextDouble()) * mean;
        return drawn > TimeSpan.FromDays(36500) ? TimeSpan.FromDays(36500) : drawn;
    }

    private SimNode Any()
    {
        var nodes = _world.Nodes.Values.Where(n => !n.SourceOnly && !n.Left).ToList();
        return nodes[_random.Next(nodes.Count)];
    }

    private Published? AnyPublished()
    {
        var wanted = _world.Published.Values.Where(p => p.GoneSince is null).ToList();
        return wanted.Count == 0 ? null : wanted[_random.Next(wanted.Count)];
    }

    private void LoseDisk()
    {
        var node = Any();
        var manner = _world.Settings.Profile == FaultProfile.Varied ? _random.Next(3) : 0;
        _world.Log.Add($"disk of {node.Id} lost, manner {manner}");

        // 0: a new repository; 1: a new disk under the old identity with an empty index; 2: the index survives and still lists what is gone.
        node.Wipe(newRepository: manner == 0);
        if (manner == 1)
        {
            node.Pins.Clear();
        }

        if (_random.Chance(0.5))
        {
            TakeDown([node]);
        }
    }

    private void DamageSector()
    {
        var node = Any();
        var whole = node.Store.Values.ToList();
        if (whole.Count == 0)
        {
            return;
        }

        var stored = whole[_random.Next(whole.Count)];
        var block = _random.Next(stored.Blocks.Length);
        node.Damage(stored.Content.Root, block, _random.Chance(0.5) ? BlockState.Corrupt : BlockState.Absent, _world.Now);
        _world.Log.Add($"block {block} of {stored.Content.Root} on {node.Id} damaged");
    }

    private void TakeDown(IReadOnlyList<SimNode> nodes)
    {
        var mean = _random.Chance(0.15) ? TimeSpan.FromDays(8) : TimeSpan.FromHours(8);
        foreach (var node in nodes)
        {
            node.Down++;
        }

        At(Exponential(mean), () =>
        {
            foreach (var node in nodes)
            {
                node.Down = Math.Max(0, node.Down - 1);
            }
        });
    }

    private void TakeMemberDown()
    {
        var member = Any().Member;
        TakeDown([.. _world.Nodes.Values.Where(n => n.Member == member && !n.Left)]);
    }

    private void Partition()
    {
        var cut = _world.Nodes.Values.Where(n => _random.Chance(0.5)).Select(n => n.Id).ToList();
        _world.CutOff.UnionWith(cut);
        At(Exponential(TimeSpan.FromHours(6)), () => _world.CutOff.ExceptWith(cut));
    }

    private void SlowDown()
    {
        var node = Any();
        node.Slowness = _random.Chance(0.2) ? 1000 : 20;
        At(Exponential(TimeSpan.FromDays(1)), () => node.Slowness = 1);
    }

    private void DeletePins()
    {
        var node = Any();
        var roots = node.Pins.Keys.Where(_ => _random.Chance(0.2)).ToList();
        foreach (var root in roots)
        {
            node.Pins.Remove(root);
        }

        _world.Log.Add($"{roots.Count} pins of {node.Id} deleted");
    }

    private void FillDisk()
    {
        var node = Any();
        node.ForeignBytes = node.CapacityBytes;
        At(Exponential(TimeSpan.FromDays(5)), () => node.ForeignBytes = 0);
    }

    private void TroubleStorage()
    {
        _world.StorageFaults.WriteFails = 0.03;
        _world.StorageFaults.WriteIsLostOnTheWayBack = 0.01;
        _world.StorageFaults.ReadFails = 0.01;
        At(Exponential(TimeSpan.FromHours(4)), () => _world.StorageFaults.WriteFails = _world.StorageFaults.WriteIsLostOnTheWayBack = _world.StorageFaults.ReadFails = 0);
    }
}
