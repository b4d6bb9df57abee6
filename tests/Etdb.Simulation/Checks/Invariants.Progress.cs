using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Grains.Ledger;
using Etdb.Grains.Repair;
using Etdb.Grains.State;
using Etdb.Simulation.Model;
using Etdb.Storage.Catalogue;

namespace Etdb.Simulation.Checks;

/// <summary>That work goes on: I2, I4 (lines), I5 and I8.</summary>
internal sealed partial class Invariants
{
    /// <summary>I2: what is readable, with members enough that could keep it, is whole within this.</summary>
    private static readonly TimeSpan WholeWithin = TimeSpan.FromDays(30);

    /// <summary>I8: an operation nobody has asked for is asked for within its lease and this.</summary>
    private static readonly TimeSpan AskedWithin = TimeSpan.FromDays(8);

    /// <summary>Reasons that explain why a dataset in danger waits.</summary>
    private static readonly string[] Explanations =
    [
        "waiting-for-members", "no-room", "may-return", "maintenance", "backoff", "storm-brake", "safe-mode", "no-source", "running", "paused", "unobtainable", "busy", "line", "over-quota",
    ];

    private readonly Dictionary<string, DateTimeOffset> _urgentSince = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset Since, ReplicationPolicy Wish)> _ableSince = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeId, DateTimeOffset> _lessUrgentAt = [];
    private long _acknowledged;
    private readonly Dictionary<MemberId, (double Level, DateTimeOffset At)> _lines = [];

    /// <summary>I4, for lines: no transfer begins on a line that is in debt or has its quiet hours, but those of last copies.</summary>
    private void CheckLines(SimNode target, IReadOnlyList<SimNode> sources, SimContent content, RepairLevel level)
    {
        foreach (var member in sources.Append(target).Select(n => n.Member).Distinct())
        {
            if (!world.Lines.TryGetValue(member, out var line))
            {
                continue;
            }

            // Reckoned with slack: the grain's clock may be off, and it takes the bytes a moment before the node begins.
            var known = _lines.GetValueOrDefault(member, (Level: line.BurstBytes, At: world.Now));
            var filled = Math.Min(line.BurstBytes, known.Level + ((world.Now - known.At).TotalSeconds * line.BytesPerSecond));
            var slack = (world.Clock!.Skew.Duration() + TimeSpan.FromMinutes(10)).TotalSeconds * line.BytesPerSecond;
            if (level != RepairLevel.LastCopy && line.BytesPerSecond > 0 && filled + slack <= 0)
            {
                Violated("I4", $"a transfer of {content.Root} to {target.Id} began on the line of {member}, which is {-filled:0} bytes in debt");
            }

            var now = world.Now + world.Clock.Skew;
            if (level != RepairLevel.LastCopy && line.Quiet?.EndsAt(now) is not null && line.Quiet.EndsAt(now.AddMinutes(-10)) is not null && world.Clock.Skew == TimeSpan.Zero)
            {
                Violated("I4", $"a transfer of {content.Root} to {target.Id} began in the quiet hours of {member}");
            }

            _lines[member] = (filled - content.Bytes, world.Now);
        }
    }

    /// <summary>
    /// I5: a dataset in danger is worked on, or something explains why not, within a day; and it never waits for a busy node that takes less
    /// urgent work meanwhile.
    /// </summary>
    private void CheckUrgent(Published published, DatasetChanged shown)
    {
        var id = published.Id.Value;
        var urgent = shown.Dataset.State is "endangered" && shown.Dataset.RetrievableReplicas >= 1 && published.GoneSince is null;
        if (!urgent)
        {
            _urgentSince.Remove(id);
            return;
        }

        if (!_urgentSince.TryGetValue(id, out var since))
        {
            _urgentSince[id] = world.Now;
            return;
        }

        if (world.Now - since < TimeSpan.FromDays(1))
        {
            return;
        }

        _urgentSince[id] = world.Now;
        var why = world.Read(g => g.GetGrain<IDatasetGrain>(id).Why());
        if (why is not { Doing.Count: 0 })
        {
            return;
        }

        var now = world.Now + world.Clock!.Skew;
        if (!why.NotYet.Any(n => Explanations.Contains(n.Reason, StringComparer.Ordinal)) && why.NextAt > now + TimeSpan.FromDays(1))
        {
            Violated("I5", $"{id[..8]} is in danger, nothing is done and nothing explains why: {why.Sentence} " +
                $"Next look at {why.NextAt:u}, the clock is off by {world.Clock!.Skew}; {string.Join(", ", why.Detail.Replicas.Select(r => $"{r.Node} {r.State}: {r.Why}"))}");
        }

        var lastCopy = shown.Dataset.RetrievableReplicas == 1;
        foreach (var busy in why.NotYet.Where(n => lastCopy && n is { Reason: "busy", Node: not null } && _lessUrgentAt.TryGetValue(new NodeId(n.Node), out var at) && at > since))
        {
            Violated("I5", $"{id[..8]} waits for {busy.Node} with its last copy, which has taken less urgent work since {since:u}");
        }
    }

    /// <summary>I2, while things go wrong: as long as nothing stands in the way, what is wanted and readable becomes whole in time.</summary>
    private void CheckReached(Published published, DatasetChanged shown)
    {
        var id = published.Id.Value;
        var wish = world.Wishes.Of(published.Id);
        var target = wish.Target;
        var whole = shown.Dataset.Root == published.Content.Root.Value && shown.Dataset.HealthyReplicas >= target;
        if (whole || published.GoneSince is not null || !IsAble(published, wish) || (_ableSince.TryGetValue(id, out var known) && known.Wish != wish))
        {
            _ableSince.Remove(id);
            return;
        }

        _ableSince.TryAdd(id, (world.Now, wish));
        if (world.Now - _ableSince[id].Since > WholeWithin)
        {
            Violated("I2", $"{published.Content.Root} has {shown.Dataset.HealthyReplicas} of {target} copies although nothing has stood in the way since {_ableSince[id].Since:u}");
            _ableSince.Remove(id);
        }
    }

    /// <summary>Every block is on a node that answers, domains enough are well and may keep it, no operator holds it, and neither network, ledger nor store is in trouble.</summary>
    private bool IsAble(Published published, ReplicationPolicy wish)
    {
        var (content, wishes) = (published.Content, world.Wishes);
        var well = world.Nodes.Values.Where(n => !n.SourceOnly && !n.Left && !n.Leaving && world.Reaches(n) && n is { Slowness: <= 1, ForeignBytes: 0, Lying: 0 }
            && wishes.Unsettled.GetValueOrDefault(n.Id) == 0 && !wishes.Excluded.Contains((published.Id, n.Id))).ToList();
        return wishes.Brakes == 0 && !wishes.Paused.Contains(published.Id) && (!wishes.Quota || IsEstablished(content)) && world.StorageFaults.WriteFails == 0 && !world.Ledger.Down && world.CutOff.Count == 0
            && world.Nodes.Values.All(n => n.Left || n.IsUp)
            && Wishes.Domains(wish, well) >= wish.Target
            && Enumerable.Range(0, content.Blocks).All(b => world.Nodes.Values.Any(n => !n.Left && world.Reaches(n) && n.HasGood(content, b)));
    }

    /// <summary>I8: what the ledger grain says was taken in, was: it is durable in its dataset.</summary>
    private void CheckAccepted()
    {
        _acknowledged = world.DurableOf<LedgerState, ILedgerGrain>("ledger", World.Network)?.Sequence ?? 0;
        foreach (var last in world.Ledger.LastEvents(_acknowledged))
        {
            if ((world.Durable(last.Dataset)?.LedgerSequence ?? 0) < last.Sequence)
            {
                Violated("I8", $"event {last.Sequence} of {last.Dataset.Value[..8]} was acknowledged and is not in its durable state");
            }
        }
    }

    /// <summary>What the durable lists of all shards name.</summary>
    private HashSet<string> Listed()
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        for (var shard = 0; shard < world.Options.Shards; shard++)
        {
            var key = RepairShards.Key(shard);
            var pages = world.DurableOf<PageHeader, IRepairShardGrain>("rows", key)?.Pages ?? 0;
            for (var page = 0; page < pages; page++)
            {
                // Key, value, key, value …
                var rows = world.DurableOf<PageState, IRepairShardGrain>($"rows-{page}", key)?.Rows ?? [];
                listed.UnionWith(rows.Where((_, i) => i % 2 == 0));
            }
        }

        return listed;
    }

    /// <summary>I8: what was taken in is on the list of its shard, and no operation of it is forgotten.</summary>
    private void CheckTracked(DatasetId id, DatasetState durable, HashSet<string> listed)
    {
        if (durable.Record is not null && durable.LedgerSequence <= _acknowledged && !listed.Contains(id.Value))
        {
            Violated("I8", $"{id.Value[..8]} is on the list of no shard");
        }

        foreach (var operation in durable.Operations.Where(o => world.Now + world.Clock!.Skew - o.LeaseUntil > AskedWithin))
        {
            Violated("I8", $"{operation.Kind} of {operation.Root} on {operation.Node} ended its lease at {operation.LeaseUntil:u} and nobody has asked for it");
        }
    }
}
