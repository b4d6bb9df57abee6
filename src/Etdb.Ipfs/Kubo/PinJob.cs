using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;

namespace Etdb.Ipfs.Kubo;

/// <summary>
/// One pin on one node. Bytes go node to node where both can: an embedded node fetches from the sources' gateways; nodes that speak bitswap are connected
/// and fetch from each other. Else, and when that brought nothing, the blocks are relayed: read from a source, hashed here, put onto the node, and pinned
/// when all are there. The route taken is part of the result.
/// </summary>
internal sealed class PinJob(KuboClient target, KuboIdentity identity, Cid root, IReadOnlyList<RemoteNode> sources, IProgress<KuboPinProgress>? progress)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    public async Task<RemotePinResult> RunAsync(long bytesExpected, CancellationToken cancellationToken)
    {
        var pinned = await target.IsPinnedAsync(root, cancellationToken).ConfigureAwait(false);
        if (!pinned.Done || pinned.Value)
        {
            return new RemotePinResult(pinned.Outcome, 0, 0, TransferRoute.None, pinned.Done ? "was pinned" : pinned.Detail);
        }

        if (await RoomProblemAsync(bytesExpected, cancellationToken).ConfigureAwait(false) is { } problem)
        {
            return problem;
        }

        var route = identity.Software == NodeSoftware.Embedded ? TransferRoute.Gateway : TransferRoute.Peer;
        var first = await DirectAsync(route, cancellationToken).ConfigureAwait(false);
        if (first is { Outcome: not (KuboOutcome.NoProviders or KuboOutcome.Stalled or KuboOutcome.NotFound) })
        {
            return first;
        }

        var relayed = await RelayAsync(cancellationToken).ConfigureAwait(false);
        return relayed.Outcome == KuboOutcome.Done || first is null ? relayed : relayed with { Detail = $"{relayed.Detail}; before that, {route}: {first.Detail}" };
    }

    private async Task<RemotePinResult?> RoomProblemAsync(long bytesExpected, CancellationToken cancellationToken)
    {
        var stat = await target.RepoStatAsync(cancellationToken).ConfigureAwait(false);
        if (!stat.Done)
        {
            return new RemotePinResult(stat.Outcome, 0, 0, TransferRoute.None, stat.Detail);
        }

        var room = stat.Value!.CapacityBytes - stat.Value.UsedBytes;
        return stat.Value.CapacityBytes > 0 && bytesExpected > room
            ? new RemotePinResult(KuboOutcome.DiskFull, 0, 0, TransferRoute.None, $"{target.Endpoint} has room for {room} bytes, {bytesExpected} are needed")
            : null;
    }

    /// <summary>Lets the node fetch by itself; null when no source can be reached by it.</summary>
    private async Task<RemotePinResult?> DirectAsync(TransferRoute route, CancellationToken cancellationToken)
    {
        var origins = new List<Uri>();
        var connected = 0;
        foreach (var source in sources)
        {
            if (route == TransferRoute.Gateway)
            {
                origins.AddRange(source.Client.Endpoint.Gateway is { } gateway ? [gateway] : []);
            }
            else
            {
                connected += await ConnectAsync(source, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
        }

        // Without any source the node may still have everything on its disk, or find it by itself.
        return sources.Count == 0 || origins.Count > 0 || connected > 0 ? await PinAsync(route, origins, cancellationToken).ConfigureAwait(false) : null;
    }

    private async Task<bool> ConnectAsync(RemoteNode source, CancellationToken cancellationToken)
    {
        const int addressesTried = 4;
        var other = await source.IdentityAsync(cancellationToken).ConfigureAwait(false);
        if (!other.Done || other.Value!.Software == NodeSoftware.Embedded)
        {
            return false;
        }

        foreach (var address in other.Value.Addresses.Take(addressesTried))
        {
            var full = address.Contains("/p2p/", StringComparison.Ordinal) ? address : $"{address}/p2p/{other.Value.PeerId}";
            if ((await target.ConnectAsync(full, cancellationToken).ConfigureAwait(false)).Done)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<RemotePinResult> PinAsync(TransferRoute route, IReadOnlyList<Uri> origins, CancellationToken cancellationToken)
    {
        var before = await target.RepoStatAsync(cancellationToken).ConfigureAwait(false);
        var work = identity.Software == NodeSoftware.JsIpfs
            ? await PinSilentlyAsync(cancellationToken).ConfigureAwait(false)
            : await target.PinAddAsync(root, origins, progress, cancellationToken).ConfigureAwait(false);
        var (blocks, bytes) = (work.Value.BlocksMoved, work.Value.BytesMoved);
        if (identity.Software != NodeSoftware.Embedded && before.Done && await target.RepoStatAsync(cancellationToken).ConfigureAwait(false) is { Done: true } after)
        {
            // These nodes do not tell what they had to fetch; the growth of the repository does, as long as nothing else is added at the same time.
            blocks = Math.Max(0, after.Value!.Blocks - before.Value!.Blocks);
            bytes = Math.Max(0, after.Value.UsedBytes - before.Value.UsedBytes);
        }

        return new RemotePinResult(work.Outcome, blocks, bytes, bytes > 0 || blocks > 0 ? route : TransferRoute.None, work.Detail);
    }

    /// <summary>js-ipfs says nothing until the pin is done, so that its silence proves nothing: its repository is watched instead.</summary>
    private async Task<KuboAnswer<KuboPinProgress>> PinSilentlyAsync(CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(target.Options.PinStallLimit, target.Options.Time, cancellationToken);
        var patient = target.With(target.Options with { PinStallLimit = Timeout.InfiniteTimeSpan });
        var work = patient.PinAddAsync(root, [], null, guard.Token);
        var last = -1L;
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LookEvery, target.Options.Time, CancellationToken.None)).ConfigureAwait(false);
            if (work.IsCompleted)
            {
                break;
            }

            var stat = await target.RepoStatAsync(cancellationToken).ConfigureAwait(false);
            if (stat.Done && stat.Value!.Blocks != last)
            {
                last = stat.Value.Blocks;
                guard.Heard();
                progress?.Report(new KuboPinProgress(last, stat.Value.UsedBytes, 0, 0));
            }
        }

        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (guard.Stalled && !cancellationToken.IsCancellationRequested)
        {
            return new KuboAnswer<KuboPinProgress>(KuboOutcome.Stalled, default, $"{target.Endpoint} pin/add: its repository did not grow within {target.Options.PinStallLimit}");
        }
    }

    /// <summary>Walks the DAG, asks the node for each block and gives it those it has not got, then pins what is now all there.</summary>
    private async Task<RemotePinResult> RelayAsync(CancellationToken cancellationToken)
    {
        var pool = await RemoteNode.PoolAsync(sources, cancellationToken).ConfigureAwait(false);
        var relay = new BlockRelay(target, identity.Software, pool, new DagLimits());
        var (outcome, moved, detail) = await relay.RunAsync(root, progress, cancellationToken).ConfigureAwait(false);
        if (outcome != KuboOutcome.Done)
        {
            return new RemotePinResult(outcome, moved.BlocksMoved, moved.BytesMoved, TransferRoute.Relay, detail);
        }

        var pin = identity.Software == NodeSoftware.JsIpfs
            ? await PinSilentlyAsync(cancellationToken).ConfigureAwait(false)
            : await target.PinAddAsync(root, [], null, cancellationToken).ConfigureAwait(false);
        return new RemotePinResult(pin.Outcome, moved.BlocksMoved, moved.BytesMoved, TransferRoute.Relay, pin.Detail);
    }
}
