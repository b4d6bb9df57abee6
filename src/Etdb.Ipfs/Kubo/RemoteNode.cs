using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Verify;

namespace Etdb.Ipfs.Kubo;

/// <summary>
/// One member's node and everything the cluster asks of it: probe, list pins, pin, unpin, verify, heal. It finds out what software answers and keeps its
/// traps to itself. Nothing throws for an expected failure but <see cref="ListPinsAsync"/>, whose partial listing would be worse than none.
/// </summary>
public sealed class RemoteNode
{
    /// <summary>Most sources of one pin or heal.</summary>
    public const int MaxSources = 8;

    private readonly HttpClient _http;
    private readonly Lock _gate = new();
    private KuboIdentity? _identity; // under the gate; asked anew by every probe

    /// <summary>The node at <paramref name="endpoint"/>; no call is made yet.</summary>
    public RemoteNode(HttpClient http, KuboEndpoint endpoint, KuboClientOptions options)
    {
        _http = http;
        Client = new KuboClient(http, endpoint, options);
    }

    /// <summary>Its RPC.</summary>
    public KuboClient Client { get; }

    /// <summary>Asks who it is and how much room it has.</summary>
    public async Task<RemoteProbe> ProbeAsync(CancellationToken cancellationToken)
    {
        var id = await Client.IdAsync(cancellationToken).ConfigureAwait(false);
        if (!id.Done)
        {
            return new RemoteProbe(false, null, NodeSoftware.Other, null, 0, 0, id.Detail);
        }

        Remember(id.Value!);
        var stat = await Client.RepoStatAsync(cancellationToken).ConfigureAwait(false);
        var size = stat.Value ?? new KuboRepoStat(0, 0, 0, null);
        return new RemoteProbe(
            true,
            id.Value!.Agent,
            id.Value.Software,
            id.Value.RepositoryId ?? size.RepositoryId ?? id.Value.PeerId, // Kubo's identity lies in its repository and is lost with it
            size.CapacityBytes,
            size.UsedBytes,
            stat.Done ? null : stat.Detail);
    }

    /// <summary>Every recursive pin, streamed.</summary>
    /// <exception cref="KuboException">When the listing does not come to its end.</exception>
    public async IAsyncEnumerable<Cid> ListPinsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var pin in Client.ListPinsAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return pin.Cid;
        }
    }

    /// <summary>
    /// Brings the DAG to the node and pins it. What is pinned already is left alone (verify and heal it instead). See <see cref="PinJob"/> for the route.
    /// </summary>
    public async Task<RemotePinResult> PinAsync(
        Cid root, IReadOnlyList<KuboEndpoint> sources, long bytesExpected, IProgress<KuboPinProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var identity = await IdentityAsync(cancellationToken).ConfigureAwait(false);
        if (!identity.Done)
        {
            return new RemotePinResult(identity.Outcome, 0, 0, TransferRoute.None, identity.Detail);
        }

        var job = new PinJob(Client, identity.Value!, root, [.. sources.Take(MaxSources).Select(source => new RemoteNode(_http, source, Client.Options))], progress);
        return await job.RunAsync(bytesExpected, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the pin; "was not pinned" is success.</summary>
    public async Task<KuboAnswer<bool>> UnpinAsync(Cid root, CancellationToken cancellationToken)
    {
        var answer = await Client.PinRemoveAsync(root, cancellationToken).ConfigureAwait(false);
        return answer.Outcome == KuboOutcome.NotPinned ? new KuboAnswer<bool>(KuboOutcome.Done, false, null) : answer;
    }

    /// <summary>Reads blocks from this node only and hashes them here.</summary>
    public async Task<ReplicaReport> VerifyAsync(Cid root, ReplicaCheckOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var identity = await IdentityAsync(cancellationToken).ConfigureAwait(false);
        if (!identity.Done)
        {
            return new ReplicaReport(ReplicaFinding.Unknown, root, 0, 0, 0, [], [], 1, 0, false, TimeSpan.Zero, identity.Detail);
        }

        return await ReplicaVerifier.VerifyAsync(new RpcBlockSource(Client, identity.Value!.Software), root, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts good copies of the blocks, and of what is missing below them, onto the node; each is read back and hashed.</summary>
    public async Task<HealReport> HealAsync(IReadOnlyList<Cid> blocks, IReadOnlyList<KuboEndpoint> sources, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sources);
        var identity = await IdentityAsync(cancellationToken).ConfigureAwait(false);
        if (!identity.Done)
        {
            return new HealReport(identity.Outcome, [], 0, identity.Detail);
        }

        var others = sources.Take(MaxSources).Select(source => new RemoteNode(_http, source, Client.Options)).ToArray();
        var pool = await PoolAsync(others, cancellationToken).ConfigureAwait(false);
        return await ReplicaHealer.HealAsync(Client, identity.Value!.Software, blocks, pool, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Who it is, asked once.</summary>
    internal async Task<KuboAnswer<KuboIdentity>> IdentityAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_identity is not null)
            {
                return new KuboAnswer<KuboIdentity>(KuboOutcome.Done, _identity, null);
            }
        }

        var answer = await Client.IdAsync(cancellationToken).ConfigureAwait(false);
        if (answer.Done)
        {
            Remember(answer.Value!);
        }

        return answer;
    }

    /// <summary>Reads single blocks from the node: by its gateway where it has one, else by its RPC.</summary>
    internal async Task<IBlockSource?> SourceAsync(CancellationToken cancellationToken)
    {
        if (Client.Endpoint.Gateway is { } gateway)
        {
            return new GatewayBlockSource(_http, gateway, Client.Options.StallLimit, Client.Options.Time);
        }

        var identity = await IdentityAsync(cancellationToken).ConfigureAwait(false);
        return identity.Done ? new RpcBlockSource(Client, identity.Value!.Software) : null;
    }

    internal static async Task<SourcePool> PoolAsync(IReadOnlyList<RemoteNode> nodes, CancellationToken cancellationToken)
    {
        var sources = new List<IBlockSource>();
        foreach (var node in nodes)
        {
            if (await node.SourceAsync(cancellationToken).ConfigureAwait(false) is { } source)
            {
                sources.Add(source);
            }
        }

        return new SourcePool(sources);
    }

    private void Remember(KuboIdentity identity)
    {
        lock (_gate)
        {
            _identity = identity;
        }
    }
}
