using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Grains.Datasets;
using Etdb.Simulation.Model;
using Etdb.Storage.Catalogue;

namespace Etdb.Simulation.Checks;

/// <summary>What is said and shown: I7 and I9.</summary>
internal sealed partial class Invariants
{
    /// <summary>A node of which nothing is left, or that is silent, is noticed within this: a listing, a canary, the ladder, and room for crashes.</summary>
    private static readonly TimeSpan NoticedWithin = TimeSpan.FromDays(5);

    private readonly Dictionary<(NodeId Node, ContentId Root), DateTimeOffset> _passed = [];
    private readonly Dictionary<NodeId, DateTimeOffset> _silentSince = [];
    private readonly Dictionary<NodeId, DateTimeOffset> _hollowSince = [];

    /// <summary>Since when each node is silent, and since when it answers with nothing behind its index.</summary>
    private void NoteNodes()
    {
        foreach (var node in world.Nodes.Values.Where(n => !n.SourceOnly))
        {
            var answers = world.Reaches(node);
            Note(_silentSince, node.Id, !answers);
            Note(_hollowSince, node.Id, answers && node.Slowness <= 1 && node.Store.Values.All(s => s.Count(BlockState.Good) == 0));
        }
    }

    private void Note(Dictionary<NodeId, DateTimeOffset> since, NodeId node, bool holds)
    {
        if (holds)
        {
            since.TryAdd(node, world.Now);
        }
        else
        {
            since.Remove(node);
        }
    }

    /// <summary>I7: what the grain has durably written of each replica must have been said to the log.</summary>
    private void CheckSaid(DatasetState durable)
    {
        foreach (var content in durable.Contents)
        {
            foreach (var row in content.Replicas)
            {
                var word = Grains.Words.Of(row.State);
                if (!world.Evidence.Said(content.Root.Value, row.Node.Value, word))
                {
                    Violated("I7", $"{content.Root} on {row.Node} is {word} without evidence");
                }
            }
        }
    }

    /// <summary>
    /// I9: what is shown to count was read and found good, at the time shown; its node has not been silent for long, nor empty behind its index; and a
    /// single bad block is not passed over for longer than a full check may be away.
    /// </summary>
    private void CheckReported(Published published, DatasetChanged shown)
    {
        var root = published.Content.Root;
        if (shown.Dataset.Root != root.Value)
        {
            return;
        }

        var counted = shown.Replicas.Where(r => r.Counts).ToList();
        var members = counted.Select(r => world.Nodes[new NodeId(r.Node)].Member).Distinct().Count();
        if (shown.Dataset.HealthyReplicas > members)
        {
            Violated("I9", $"{root} is shown with {shown.Dataset.HealthyReplicas} independent copies, {members} members have one that counts");
        }

        foreach (var replica in counted)
        {
            CheckCounted(root, world.Nodes[new NodeId(replica.Node)], replica);
        }
    }

    private void CheckCounted(ContentId root, SimNode node, ReplicaRow replica)
    {
        if (!_passed.TryGetValue((node.Id, root), out var passed) || replica.VerifiedAt > passed + ClockSlack)
        {
            Violated("I9", $"{root} on {node.Id} counts as checked at {replica.VerifiedAt:u}; no check passed since {passed:u}");
        }

        if (_silentSince.TryGetValue(node.Id, out var silent) && world.Now - silent > NoticedWithin)
        {
            Violated("I9", $"{root} on {node.Id} counts although the node has been silent since {silent:u}; it is shown as {replica.State} since {replica.Since:u}: {replica.Why}");
        }

        if (_hollowSince.TryGetValue(node.Id, out var hollow) && world.Now - hollow > NoticedWithin)
        {
            Violated("I9", $"{root} on {node.Id} counts although nothing has been left on the node since {hollow:u}");
        }

        var slack = world.Options.SweepInterval + world.Options.ScanInterval + TimeSpan.FromDays(3);
        if (node.Store.GetValueOrDefault(root) is { IsComplete: false, DamagedAt: { } damaged } && world.Now - damaged > world.Options.ScrubInterval + slack && world.Reaches(node))
        {
            Violated("I9", $"{root} on {node.Id} counts although it has been damaged since {damaged:yyyy-MM-dd}");
        }
    }
}
