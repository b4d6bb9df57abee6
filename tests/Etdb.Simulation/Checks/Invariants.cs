using Etdb.Domain.Content;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;
using Etdb.Simulation.Model;

namespace Etdb.Simulation.Checks;

/// <summary>
/// The nine promises. Those about commands (I1, I3, I4, I6) are checked when the command reaches the simulated node, by what the grain
/// has durably written; the others after every step of the world, by the truth about the disks.
/// </summary>
internal sealed partial class Invariants(World world)
{
    /// <summary>Violations kept; the first is what matters.</summary>
    private const int Kept = 20;

    /// <summary>Clocks are set wrong by hours, never by days.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromDays(1);

    private readonly List<string> _violations = [];
    private readonly HashSet<(NodeId Node, ContentId Root)> _transfers = [];
    private readonly HashSet<ContentId> _established = [];
    private readonly Dictionary<ContentId, DateTimeOffset> _unwantedSince = [];
    private readonly Dictionary<ContentId, DateTimeOffset> _belowSince = [];
    private readonly List<double> _repairHours = [];

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Fewest complete copies of anything that was ever whole.</summary>
    public int WorstRedundancy { get; private set; } = int.MaxValue;

    public IReadOnlyList<double> RepairHours => _repairHours;

    public bool IsEstablished(SimContent content) => _established.Contains(content.Root);

    public void Violated(string invariant, string text)
    {
        world.Log.Add($"VIOLATED {invariant} {text}");
        if (_violations.Count < Kept)
        {
            _violations.Add($"{invariant} at {world.Now:yyyy-MM-dd HH:mm:ss}: {text}");
        }
    }

    /// <summary>The ledger stopped wanting a content.</summary>
    public void Unwanted(ContentId root) => _unwantedSince.TryAdd(root, world.Now);

    /// <summary>The ledger wants it (again).</summary>
    public void Wanted(ContentId root) => _unwantedSince.Remove(root);

    /// <summary>I3 and I4.</summary>
    public void OnTransfer(SimNode target, IReadOnlyList<SimNode> sources, SimContent content)
    {
        if (!_transfers.Add((target.Id, content.Root)))
        {
            Violated("I3", $"two live transfers of {content.Root} to {target.Id}");
        }

        if (target.Incoming > world.Options.InSlots)
        {
            Violated("I4", $"{target.Incoming} transfers into {target.Id}, {world.Options.InSlots} allowed");
        }

        foreach (var source in sources.Where(s => s.Outgoing > world.Options.OutSlots))
        {
            Violated("I4", $"{source.Outgoing} transfers out of {source.Id}, {world.Options.OutSlots} allowed");
        }

        var level = LevelOf(target, content);
        CheckLines(target, sources, content, level);
        if (level > RepairLevel.LastCopy)
        {
            _lessUrgentAt[target.Id] = world.Now;
        }
    }

    /// <summary>How urgent the grain says a transfer is.</summary>
    private RepairLevel LevelOf(SimNode target, SimContent content) =>
        world.Durable(content.Dataset)?.Operations.FirstOrDefault(o => o.Node == target.Id && o.Root == content.Root)?.Level ?? RepairLevel.None;

    public void OnTransferEnd(SimNode target, SimContent content) => _transfers.Remove((target.Id, content.Root));

    public void OnCrash() => _transfers.Clear();

    /// <summary>I1 and I6, by what the grain has written down.</summary>
    public void BeforeUnpin(SimNode node, SimContent content)
    {
        world.Log.Add($"unpin {content.Root} on {node.Id}");

        // The clock of the silo may have been set forward; the promise is by its clock.
        var unwanted = _unwantedSince.TryGetValue(content.Root, out var since);
        if (unwanted && world.Now + world.Clock!.Skew - since + ClockSlack >= world.Options.KeepAfterDeactivation)
        {
            return;
        }

        var policy = Written(content);
        var others = VerifiedElsewhere(content, node, policy);
        if (others < policy.Floor)
        {
            var from = unwanted ? $", unwanted since {since:yyyy-MM-dd}" : "";
            Violated(unwanted ? "I6" : "I1", $"{content.Root} unpinned on {node.Id} with {others} verified independent copies elsewhere, floor {policy.Floor}{from}");
        }
    }

    /// <summary>By what the grain has durably written: proven copies, young enough to count, on nodes that have not left, one a domain of the policy.</summary>
    private int VerifiedElsewhere(SimContent content, SimNode node, ReplicationPolicy policy)
    {
        var oldest = world.Now - world.Options.ScrubInterval - ClockSlack;
        var rows = world.Durable(content.Dataset)?.Contents.FirstOrDefault(c => c.Root == content.Root)?.Replicas ?? [];
        return Wishes.Domains(policy, rows
            .Where(r => r.State == ReplicaState.Verified && r.Node != node.Id && r.LastVerification?.At >= oldest && world.Nodes[r.Node] is { Left: false })
            .Select(r => world.Nodes[r.Node]));
    }

    /// <summary>The policy that holds by what the grain has written down: a publisher's change reaches it a moment after it was acknowledged.</summary>
    private ReplicationPolicy Written(SimContent content)
    {
        var durable = world.Durable(content.Dataset);
        return durable?.Policy ?? durable?.Terms?.Policy ?? Grains.Policies.Default(world.Options) with { Floor = world.Options.Floor };
    }

    /// <summary>I9, its hard half: a check of every block never says complete of what is not.</summary>
    public void AfterVerify(SimNode node, SimContent content, ReplicaVerdict verdict, bool full)
    {
        if (verdict != ReplicaVerdict.Complete)
        {
            return;
        }

        _passed[(node.Id, content.Root)] = world.Now;
        if (full && !node.Has(content.Root))
        {
            Violated("I9", $"a full check of {content.Root} on {node.Id} passed although blocks are bad");
        }
    }

    /// <summary>After every step: I2, I5, I7, I8, I9, and what is measured.</summary>
    public void AfterStep()
    {
        NoteNodes();
        CheckAccepted();
        var listed = Listed();
        foreach (var published in world.Published.Values)
        {
            Measure(published);
            if (world.Durable(published.Id) is { } durable)
            {
                CheckSaid(durable);
                CheckTracked(published.Id, durable, listed);
            }

            if (world.Catalogue.Datasets.TryGetValue(published.Id.Value, out var shown))
            {
                CheckReported(published, shown);
                CheckUrgent(published, shown);
                CheckReached(published, shown);
            }
        }
    }

    private void Measure(Published published)
    {
        var content = published.Content;
        var target = world.Wishes.Of(published.Id).Target;
        var copies = world.Nodes.Values.Count(n => !n.SourceOnly && !n.Left && n.Has(content.Root));
        if (copies >= target && world.Catalogue.Datasets.TryGetValue(published.Id.Value, out var row) && row.Dataset.HealthyReplicas >= target && row.Dataset.Root == content.Root.Value)
        {
            _established.Add(content.Root);
            if (_belowSince.Remove(content.Root, out var since))
            {
                _repairHours.Add((world.Now - since).TotalHours);
            }
        }

        if (!_established.Contains(content.Root) || published.GoneSince is not null)
        {
            return;
        }

        WorstRedundancy = Math.Min(WorstRedundancy, copies);
        if (copies < target)
        {
            _belowSince.TryAdd(content.Root, world.Now);
        }
    }
}
