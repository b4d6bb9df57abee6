using System.Runtime.CompilerServices;
using Etdb.Domain.Content;
using Etdb.Grains.Ports;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.Verify;

namespace Etdb.Silo.Adapters;

/// <summary>A member's node behind the cluster's port: the typed client does the work, this translates its words.</summary>
internal sealed class ArchiveNode(RemoteNode node, Func<NodeEndpoint, KuboEndpoint> endpoint, TimeProvider time) : IArchiveNode
{
    public async Task<NodeProbe> ProbeAsync(CancellationToken cancellationToken)
    {
        var probe = await node.ProbeAsync(cancellationToken);
        return new NodeProbe(probe.Reachable, probe.Agent, probe.RepositoryId, probe.CapacityBytes, probe.UsedBytes, probe.Problem);
    }

    public async IAsyncEnumerable<ContentId> ListPinsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var pins = node.ListPinsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(pins))
        {
            yield return new ContentId(pins.Current.ToString());
        }
    }

    public async Task<PinResult> PinAsync(PinRequest request, IProgress<PinProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Cid.TryParse(request.Root.Value, out var root))
        {
            return new PinResult(NodeOutcome.BadContent, 0, 0, null, $"'{request.Root}' is not a CID.");
        }

        var told = progress is null ? null : new Relay(progress);
        var result = await node.PinAsync(root, [.. request.Sources.Select(endpoint)], request.BytesExpected, told, cancellationToken);
        var via = result.Route switch { TransferRoute.Peer => "peer", TransferRoute.Gateway => "gateway", TransferRoute.Relay => "relay", _ => null };
        return new PinResult(Outcome(result.Outcome), result.BlocksMoved, result.BytesMoved, via, result.Detail);
    }

    public async Task<NodeOutcome> UnpinAsync(ContentId root, CancellationToken cancellationToken)
        => Cid.TryParse(root.Value, out var cid) ? Outcome((await node.UnpinAsync(cid, cancellationToken)).Outcome) : NodeOutcome.BadContent;

    public async Task<ReplicaCheck> VerifyAsync(VerifyRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Cid.TryParse(request.Root.Value, out var root))
        {
            return new ReplicaCheck(ReplicaVerdict.Unknown, 0, 0, [], [], false, $"'{request.Root}' is not a CID.");
        }

        var report = await node.VerifyAsync(root, new ReplicaCheckOptions { SampleLeaves = request.SampleLeaves, Seed = request.Seed, Time = time }, cancellationToken);
        var verdict = report.Finding switch
        {
            ReplicaFinding.Complete => ReplicaVerdict.Complete,
            ReplicaFinding.Missing => ReplicaVerdict.Missing,
            ReplicaFinding.Corrupt => ReplicaVerdict.Corrupt,
            _ => ReplicaVerdict.Unknown,
        };
        return new ReplicaCheck(verdict, report.BlocksChecked, report.BytesChecked, Ids(report.Missing), Ids(report.Corrupt), report.Full, report.Detail);
    }

    public async Task<HealResult> HealAsync(HealRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var report = await node.HealAsync([.. request.Blocks.Select(b => Cid.Parse(b.Value))], [.. request.Sources.Select(endpoint)], cancellationToken);
        return new HealResult(
            Outcome(report.Outcome), report.Healed.Count, report.BytesMoved, report.Detail, [.. report.Healed.Take(HealResult.MostNamed).Select(b => new ContentId(b.ToString()))]);
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<Cid> pins)
    {
        try
        {
            return await pins.MoveNextAsync();
        }
        catch (KuboException e)
        {
            throw new NodeUnavailableException(e.Message, e);
        }
    }

    private static ContentId[] Ids(IReadOnlyList<Cid> cids) => [.. cids.Select(c => new ContentId(c.ToString()))];

    private static NodeOutcome Outcome(KuboOutcome outcome) => outcome switch
    {
        KuboOutcome.Done => NodeOutcome.Done,
        KuboOutcome.NoProviders or KuboOutcome.NotFound => NodeOutcome.NoProviders,
        KuboOutcome.Stalled => NodeOutcome.Stalled,
        KuboOutcome.DiskFull => NodeOutcome.DiskFull,
        KuboOutcome.Unreachable => NodeOutcome.Unreachable,
        KuboOutcome.Unauthorized => NodeOutcome.Unauthorized,
        KuboOutcome.BadContent => NodeOutcome.BadContent,
        _ => NodeOutcome.NodeError,
    };

    private sealed class Relay(IProgress<PinProgress> to) : IProgress<KuboPinProgress>
    {
        public void Report(KuboPinProgress value) => to.Report(new PinProgress(value.Blocks, value.Bytes));
    }
}
