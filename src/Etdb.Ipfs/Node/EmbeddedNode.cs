using System.Collections.Concurrent;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Gateway;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Rpc;
using Etdb.Ipfs.Node.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Node;

/// <summary>
/// A small IPFS node in this process: blocks and pins on disk, Kubo-style RPC and a trustless gateway on loopback, blocks from other nodes'
/// gateways. Many can run side by side, each with its own folder, ports and identity. What it acknowledges is durable; what it serves is hashed.
/// </summary>
public sealed partial class EmbeddedNode : IAsyncDisposable
{
    /// <summary>What it calls itself: the agent version of the <c>id</c> call begins with it.</summary>
    public const string AgentName = "etdb-node";

    /// <summary>Most peers that are remembered.</summary>
    public const int MaxPeers = 1024;

    private readonly ConcurrentDictionary<string, Uri> _peers = new(StringComparer.Ordinal);
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _web;
    private int _disposed;
    private Task _scrubbing = Task.CompletedTask;

    private EmbeddedNode(EmbeddedNodeOptions options, NodeIdentity identity, NodeRepository repository)
    {
        Options = options;
        Identity = identity;
        Repository = repository;
        Local = new LocalBlocks(repository.Blocks);
        _http = HttpPool.Create(options.StallLimit);
        foreach (var peer in options.Peers)
        {
            AddPeer(peer);
        }
    }

    /// <summary>How it runs.</summary>
    public EmbeddedNodeOptions Options { get; }

    /// <summary>Who it is.</summary>
    public NodeIdentity Identity { get; }

    /// <summary>What it keeps.</summary>
    public NodeRepository Repository { get; }

    /// <summary>Ways to break it, for demonstrations and tests.</summary>
    public NodeFaults Faults => new(this);

    /// <summary>Base of its RPC, e.g. <c>http://127.0.0.1:5001</c>.</summary>
    public Uri ApiUri { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Base of its gateway.</summary>
    public Uri GatewayUri { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>Gateways of the peers it knows.</summary>
    public IReadOnlyCollection<Uri> Peers => [.. _peers.Values];

    /// <summary>Its name and version, e.g. <c>etdb-node/0.1.0</c>.</summary>
    public static string AgentVersion { get; } = $"{AgentName}/{typeof(EmbeddedNode).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    /// <summary>Its blocks, offline.</summary>
    internal LocalBlocks Local { get; }

    /// <summary>Opens the folder (making what is missing) and starts to answer.</summary>
    /// <exception cref="IOException">When the folder cannot be used or a port is taken.</exception>
    public static async Task<EmbeddedNode> StartAsync(EmbeddedNodeOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        RpcGuard.Validate(options);
        var identity = NodeIdentity.LoadOrCreate(options.Folder);
        var repository = OpenRepository(options);
        var node = new EmbeddedNode(options, identity, repository);
        try
        {
            await node.ListenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        node._scrubbing = node.ScrubLoopAsync();
        return node;
    }

    /// <summary>Opens the repository of a node's folder without starting the node.</summary>
    public static NodeRepository OpenRepository(EmbeddedNodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return NodeRepository.Open(Path.Combine(options.Folder, "store"), new BlockStoreOptions
        {
            CapacityBytes = options.CapacityBytes,
            ReserveBytes = options.ReserveBytes,
            SegmentBytes = options.SegmentBytes,
            Time = options.Time,
        }, options.AcceptOtherStore);
    }

    /// <summary>Remembers a peer's gateway; false when there are <see cref="MaxPeers"/> already.</summary>
    public bool AddPeer(Uri gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var name = gateway.GetLeftPart(UriPartial.Authority);
        return _peers.ContainsKey(name) || (_peers.Count < MaxPeers && _peers.TryAdd(name, new Uri(name)));
    }

    /// <summary>Forgets a peer.</summary>
    public bool RemovePeer(Uri gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        return _peers.TryRemove(gateway.GetLeftPart(UriPartial.Authority), out _);
    }

    /// <summary>
    /// Brings what is below <paramref name="root"/> from <paramref name="origins"/> and the known peers, and pins it. A pin that is there already is
    /// neither removed nor fetched anew; to mend one, see <see cref="HealAsync"/>.
    /// </summary>
    public async Task<FetchResult> PinAsync(
        Cid root, PinKind kind, string? name, IReadOnlyList<Uri> origins, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        Repository.Check();
        if (Repository.Pins.Find(root) is { } pinned && (pinned.Kind == kind || pinned.Kind == PinKind.Recursive))
        {
            return new FetchResult(FetchOutcome.Complete, default, "was pinned");
        }

        using var lease = Repository.Blocks.Lease();
        var result = await FetchAsync(root, kind == PinKind.Recursive, origins, progress, cancellationToken).ConfigureAwait(false);
        if (result.Outcome == FetchOutcome.Complete)
        {
            Repository.Pins.Add([new Pin(root, kind, name)]);
        }

        return result;
    }

    /// <summary>Reads everything below <paramref name="root"/> and brings what is missing or bad, whether it is pinned or not.</summary>
    public async Task<FetchResult> HealAsync(Cid root, IReadOnlyList<Uri> origins, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        using var lease = Repository.Blocks.Lease();
        return await FetchAsync(root, recursive: true, origins, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops answering, writes what is waiting, closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_web is not null)
        {
            await _web.DisposeAsync().ConfigureAwait(false);
        }

        await _scrubbing.ConfigureAwait(false);
        await Repository.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
        _collecting.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Its blocks and, behind them, those of the origins and peers.</summary>
    internal IBlockReader Online(IReadOnlyList<Uri> origins) =>
        origins.Count == 0 && _peers.IsEmpty ? Local : new OnlineBlocks(Repository.Blocks, Local, Sources(origins));

    internal SourcePool Sources(IReadOnlyList<Uri> origins) => new(origins.Concat(_peers.Values)
        .DistinctBy(static uri => uri.GetLeftPart(UriPartial.Authority), StringComparer.Ordinal)
        .Where(uri => uri.Authority != GatewayUri.Authority && uri.Authority != ApiUri.Authority)
        .Select(uri => new GatewayBlockSource(_http, uri, Options.StallLimit, Options.Time)));

    private async Task<FetchResult> FetchAsync(
        Cid root, bool recursive, IReadOnlyList<Uri> origins, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var fetcher = new DagFetcher(Repository.Blocks, Sources(origins), Options.Limits) { Parallel = Options.FetchParallel };
        return await fetcher.RunAsync(root, recursive, progress, cancellationToken).ConfigureAwait(false);
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // what is added is bounded by the room of the store
            kestrel.Listen(Options.ApiAddress, Options.ApiPort);
            kestrel.Listen(Options.GatewayAddress, Options.GatewayPort);
        });
        _web = builder.Build();
        var rpc = new RpcRouter(this);
        var gateway = new GatewayEndpoint(this);
        var apiPort = Options.ApiPort;
        _web.Run(context => context.Connection.LocalPort == apiPort && context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? rpc.HandleAsync(context)
            : gateway.HandleAsync(context));
        await _web.StartAsync(cancellationToken).ConfigureAwait(false);
        var addresses = _web.Urls.Select(static url => new Uri(url)).ToArray();
        ApiUri = addresses[0];
        GatewayUri = addresses[1];
        apiPort = ApiUri.Port;
    }

    private async Task ScrubLoopAsync()
    {
        if (Options.ScrubBytesPerSecond <= 0)
        {
            return;
        }

        try
        {
            while (true)
            {
                LastScrub = (Options.Time.GetUtcNow(), await Repository.Blocks.ScrubAsync(Options.ScrubBytesPerSecond, null, _stopping.Token).ConfigureAwait(false));
                await Task.Delay(Options.ScrubPause, Options.Time, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>When the scrub in the background last came round, and what it found; null before the first time.</summary>
    public (DateTimeOffset At, ScrubReport Report)? LastScrub { get; private set; }
}
