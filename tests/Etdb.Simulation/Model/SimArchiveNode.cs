using System.Runtime.CompilerServices;
using Etdb.Domain.Content;
using Etdb.Domain.Replication;
using Etdb.Grains.Ports;

namespace Etdb.Simulation.Model;

/// <summary>
/// A node as its adapter shows it, with what Kubo does behind it: the pin index is a list of names and proves nothing; pinning what is
/// pinned moves nothing even if blocks are gone; a stalled call says nothing; fetched blocks stay until they are collected; unpinned blocks too.
/// </summary>
internal sealed class SimArchiveNode(World world, SimNode node) : IArchiveNode
{
    /// <summary>Parts a transfer is made in: between them anything may happen.</summary>
    private const int Parts = 4;

    public async Task<NodeProbe> ProbeAsync(CancellationToken cancellationToken)
    {
        await world.DelayAsync(world.Latency * node.Slowness, cancellationToken);
        return world.Reaches(node)
            ? new NodeProbe(true, "simulated/1", node.RepositoryId, node.CapacityBytes, node.UsedBytes, null)
            : new NodeProbe(false, null, null, 0, 0, "No answer.");
    }

    public async IAsyncEnumerable<ContentId> ListPinsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await world.DelayAsync(world.Latency * 10 * node.Slowness, cancellationToken);
        if (!world.Reaches(node))
        {
            throw new NodeUnavailableException("The listing broke off.");
        }

        foreach (var root in node.Pins.Keys.ToList())
        {
            yield return root;
        }
    }

    public async Task<PinResult> PinAsync(PinRequest request, IProgress<PinProgress>? progress, CancellationToken cancellationToken)
    {
        var content = world.Contents[request.Root];
        await world.DelayAsync(world.Latency * node.Slowness, cancellationToken);
        if (!world.Reaches(node))
        {
            return new PinResult(NodeOutcome.Unreachable, 0, 0, null, null);
        }

        if (node.Pins.ContainsKey(request.Root))
        {
            return new PinResult(NodeOutcome.Done, 0, 0, null, "was pinned");
        }

        var sources = request.Sources.Select(s => world.Nodes[s.Node]).ToList();
        using var transfer = world.BeginTransfer(node, sources, content);
        var wanted = Enumerable.Range(0, content.Blocks).Where(b => !node.HasGood(content, b)).ToList();
        var (outcome, blocks, bytes) = await MoveAsync(content, wanted, sources, progress, cancellationToken);
        if (outcome == NodeOutcome.Done)
        {
            node.Pins[content.Root] = content;
            world.Moved(content, node, bytes);
        }

        return new PinResult(outcome, blocks, bytes, "peer", null);
    }

    public async Task<NodeOutcome> UnpinAsync(ContentId root, CancellationToken cancellationToken)
    {
        await world.DelayAsync(world.Latency * node.Slowness, cancellationToken);
        if (!world.Reaches(node))
        {
            return NodeOutcome.Unreachable;
        }

        world.Checks.BeforeUnpin(node, world.Contents[root]);
        node.Pins.Remove(root);
        return NodeOutcome.Done;
    }

    public async Task<ReplicaCheck> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken)
    {
        var content = world.Contents[request.Root];
        await world.DelayAsync(world.Latency * content.Blocks * node.Slowness, cancellationToken);
        if (!world.Reaches(node) || node.Slowness > 100)
        {
            return new ReplicaCheck(ReplicaVerdict.Unknown, 0, 0, [], [], request.SampleLeaves == 0, "No answer.");
        }

        var chosen = Chosen(content, request);
        var stored = node.Store.GetValueOrDefault(content.Root);
        var missing = chosen.Where(b => (stored?.Blocks[b] ?? BlockState.Absent) == BlockState.Absent).Select(content.Block).ToList();
        var corrupt = chosen.Where(b => stored?.Blocks[b] == BlockState.Corrupt).Select(content.Block).ToList();
        var verdict = corrupt.Count > 0 ? ReplicaVerdict.Corrupt : missing.Count > 0 ? ReplicaVerdict.Missing : ReplicaVerdict.Complete;
        var full = chosen.Count == content.Blocks;
        world.Checks.AfterVerify(node, content, verdict, full);
        return new ReplicaCheck(verdict, chosen.Count, content.BytesOf(chosen.Count), missing, corrupt, full, null);
    }

    public async Task<HealResult> HealAsync(HealRequest request, CancellationToken cancellationToken)
    {
        var content = world.Contents[request.Root];
        await world.DelayAsync(world.Latency * node.Slowness, cancellationToken);
        if (!world.Reaches(node))
        {
            return new HealResult(NodeOutcome.Unreachable, 0, 0, null, []);
        }

        var sources = request.Sources.Select(s => world.Nodes[s.Node]).ToList();
        using var transfer = world.BeginTransfer(node, sources, content);
        var wanted = request.Blocks.Select(SimContent.NumberOf).Where(b => !node.HasGood(content, b)).ToList();
        var (outcome, blocks, bytes) = await MoveAsync(content, wanted, sources, null, cancellationToken);
        if (outcome == NodeOutcome.Done)
        {
            world.Moved(content, node, bytes);
        }

        return new HealResult(outcome, blocks, bytes, null, outcome == NodeOutcome.Done ? [.. wanted.Select(content.Block)] : []);
    }

    private static List<int> Chosen(SimContent content, VerifyRequest request)
    {
        if (request.SampleLeaves == 0 || request.SampleLeaves >= content.Blocks - 1)
        {
            return [.. Enumerable.Range(0, content.Blocks)];
        }

        var random = new Etdb.Orleans.Embedded.Simulation.SeededRandom(request.Seed);
        var leaves = Enumerable.Range(1, content.Blocks - 1).ToList();
        while (leaves.Count > request.SampleLeaves)
        {
            leaves.RemoveAt(random.Next(leaves.Count));
        }

        return [0, .. leaves];
    }

    private async Task<(NodeOutcome Outcome, int Blocks, long Bytes)> MoveAsync(
        SimContent content, IReadOnlyList<int> wanted, IReadOnlyList<SimNode> sources, IProgress<PinProgress>? progress, CancellationToken cancellationToken)
    {
        var epoch = node.Epoch;
        var moved = 0;
        foreach (var part in wanted.Chunk(Math.Max(1, (wanted.Count + Parts - 1) / Parts)))
        {
            await world.DelayAsync(world.TransferTime(content, part.Length, moved == 0, node), cancellationToken);
            if (!world.Reaches(node) || node.Epoch != epoch)
            {
                return (NodeOutcome.Unreachable, moved, content.BytesOf(moved));
            }

            if (node.UsedBytes + content.BytesOf(part.Length) > node.CapacityBytes)
            {
                return (NodeOutcome.DiskFull, moved, content.BytesOf(moved));
            }

            foreach (var block in part)
            {
                // A corrupt block does not match its hash on arrival: the next source is tried.
                if (!world.Offered(content, block, sources))
                {
                    return (sources.Any(s => s.IsUp) ? NodeOutcome.NoProviders : NodeOutcome.Stalled, moved, content.BytesOf(moved));
                }

                Keep(content, block);
                moved++;
            }

            progress?.Report(new PinProgress(moved, content.BytesOf(moved)));
        }

        return (NodeOutcome.Done, moved, content.BytesOf(moved));
    }

    private void Keep(SimContent content, int block)
    {
        node.Put(content, block);
        if (block > 0 && world.Random.Chance(node.Lying))
        {
            node.Damage(content.Root, block, BlockState.Absent, world.Now);
        }
    }
}

/// <summary>Opens simulated nodes by their id.</summary>
internal sealed class SimConnector(World world) : IArchiveNodeConnector
{
    public IArchiveNode Connect(NodeEndpoint endpoint) => new SimArchiveNode(world, world.Nodes[endpoint.Node]);
}
