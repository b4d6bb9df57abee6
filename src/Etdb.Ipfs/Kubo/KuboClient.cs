using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node;

namespace Etdb.Ipfs.Kubo;

/// <summary>
/// The RPC of one node, typed: Kubo, js-ipfs or the embedded node. Every call ends in a value or in a <see cref="KuboOutcome"/> that says why not; only
/// cancellation by the caller and broken streams throw. Nothing is retried here. Cheap to make; the connections belong to the
/// <see cref="HttpClient"/> (see <see cref="Fetch.HttpPool"/>).
/// </summary>
public sealed partial class KuboClient
{
    private readonly HttpClient _http;
    private readonly KuboTransport _transport;

    /// <summary>A client of the node at <paramref name="endpoint"/>; no call is made yet.</summary>
    public KuboClient(HttpClient http, KuboEndpoint endpoint, KuboClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(options);
        _http = http;
        Endpoint = endpoint;
        Options = options;
        _transport = new KuboTransport(http, endpoint, options);
    }

    /// <summary>Where it calls.</summary>
    public KuboEndpoint Endpoint { get; }

    /// <summary>Its limits.</summary>
    public KuboClientOptions Options { get; }

    /// <summary>The same node with other limits.</summary>
    public KuboClient With(KuboClientOptions options) => new(_http, Endpoint, options);

    /// <summary>Who answers.</summary>
    public Task<KuboAnswer<KuboIdentity>> IdAsync(CancellationToken cancellationToken) => _transport.JsonAsync(
        "id",
        static json =>
        {
            var agent = KuboJson.Text(json, "AgentVersion") ?? string.Empty;
            return new KuboIdentity(
                KuboJson.Text(json, "ID") ?? throw new FormatException("no ID"), agent, SoftwareOf(agent), KuboJson.Texts(json, "Addresses"), KuboJson.Text(json, "RepositoryId"));
        },
        null,
        Options.StallLimit,
        cancellationToken);

    /// <summary>The version, the one call that is open on every node.</summary>
    public Task<KuboAnswer<string>> VersionAsync(CancellationToken cancellationToken) =>
        _transport.JsonAsync("version", static json => KuboJson.Text(json, "Version") ?? throw new FormatException("no Version"), null, Options.StallLimit, cancellationToken);

    /// <summary>Size of the repository; <c>size-only</c>, since counting the blocks walks every key.</summary>
    public Task<KuboAnswer<KuboRepoStat>> RepoStatAsync(CancellationToken cancellationToken) => _transport.JsonAsync(
        "repo/stat?size-only=true",
        static json => new KuboRepoStat(KuboJson.Number(json, "RepoSize"), KuboJson.Number(json, "StorageMax"), KuboJson.Number(json, "NumObjects"), KuboJson.Text(json, "RepositoryId")),
        null,
        Options.StallLimit,
        cancellationToken);

    /// <summary>Tells the node to connect to another; an address is a multiaddr with its peer id, or a gateway for the embedded node.</summary>
    public Task<KuboAnswer<bool>> ConnectAsync(string address, CancellationToken cancellationToken) =>
        _transport.JsonAsync($"swarm/connect?arg={Escape(address)}", static _ => true, null, Options.StallLimit, cancellationToken);

    /// <summary>
    /// One block as the node has it on its disk, not hashed here. <c>offline=true</c> keeps the node from fetching it; js-ipfs ignores that and waits, so
    /// presence there is asked with <see cref="LocalRefsAsync"/> first.
    /// </summary>
    public Task<KuboAnswer<byte[]>> BlockGetAsync(Cid cid, CancellationToken cancellationToken) => _transport.BytesAsync(
        $"block/get?arg={cid}&offline=true&timeout={Node.Rpc.GoDuration.Format(Options.StallLimit)}", null, BlockLimits.MaxReadBytes, Options.StallLimit, cancellationToken);

    /// <summary>Length of a block on the node's disk; nothing is hashed.</summary>
    public Task<KuboAnswer<long>> BlockStatAsync(Cid cid, CancellationToken cancellationToken) => _transport.JsonAsync(
        $"block/stat?arg={cid}&offline=true&timeout={Node.Rpc.GoDuration.Format(Options.StallLimit)}", static json => KuboJson.Number(json, "Size"), null, Options.StallLimit, cancellationToken);

    /// <summary>Gives a block to the node. The node's answer must name the same hash.</summary>
    public async Task<KuboAnswer<bool>> BlockPutAsync(Block block, NodeSoftware software, CancellationToken cancellationToken)
    {
        var codec = Multicodec.NameOf(block.Cid.Codec);
        // Kubo refuses the two options together; js-ipfs knows only the old one.
        var query = software == NodeSoftware.JsIpfs ? $"format={codec}&mhtype=sha2-256&version=1" : $"cid-codec={codec}&mhtype=sha2-256";
        using var content = File(block.Data);
        var answer = await _transport.JsonAsync(
            $"block/put?{query}&pin=false&allow-big-block=true",
            static json => KuboJson.Text(json, "Key") ?? throw new FormatException("no Key"),
            content,
            Options.StallLimit,
            cancellationToken).ConfigureAwait(false);
        return answer.Done && (!Cid.TryParse(answer.Value, out var key) || key.Hash != block.Cid.Hash)
            ? new KuboAnswer<bool>(KuboOutcome.NodeError, false, $"{Endpoint} stored {block.Cid} as {answer.Value}")
            : new KuboAnswer<bool>(answer.Outcome, answer.Done, answer.Detail);
    }

    /// <summary>Removes a block; a pinned one is refused by the node.</summary>
    public Task<KuboAnswer<bool>> BlockRemoveAsync(Cid cid, CancellationToken cancellationToken) => _transport.JsonAsync(
        $"block/rm?arg={cid}",
        json => KuboJson.Text(json, "Error") is { Length: > 0 } error ? throw new FormatException(error) : true,
        null,
        Options.PinStallLimit, // to know whether a pin needs it, a node may walk all of them
        cancellationToken);

    /// <summary>Hashes of every block on the node's disk. Codecs are not told: compare multihashes.</summary>
    /// <exception cref="KuboException">When the listing does not come to its end.</exception>
    public async IAsyncEnumerable<Cid> LocalRefsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in _transport.LinesAsync("refs/local", null, Options.StallLimit, cancellationToken).ConfigureAwait(false))
        {
            using var json = Parse(line);
            if (KuboJson.Text(json.RootElement, "Err") is { Length: > 0 } error)
            {
                throw new KuboException(KuboErrors.OfMessage(error), $"{Endpoint} refs/local: {error}");
            }

            if (Cid.TryParse(KuboJson.Text(json.RootElement, "Ref"), out var cid))
            {
                yield return cid;
            }
        }
    }

    /// <summary>Starts a garbage collection and waits for its end. Kubo lets no pin begin while one waits: use a quiet hour.</summary>
    public async Task<KuboAnswer<long>> CollectGarbageAsync(CancellationToken cancellationToken)
    {
        var removed = 0L;
        try
        {
            await foreach (var line in _transport.LinesAsync("repo/gc?stream-errors=true", null, Options.PinStallLimit, cancellationToken).ConfigureAwait(false))
            {
                using var json = Parse(line);
                if (KuboJson.Text(json.RootElement, "Error") is { Length: > 0 } error)
                {
                    return new KuboAnswer<long>(KuboErrors.OfMessage(error), removed, error);
                }

                removed++;
            }

            return new KuboAnswer<long>(KuboOutcome.Done, removed, null);
        }
        catch (KuboException error)
        {
            return new KuboAnswer<long>(error.Outcome, removed, error.Message);
        }
    }

    private static NodeSoftware SoftwareOf(string agent) => agent switch
    {
        _ when agent.StartsWith(EmbeddedNode.AgentName + "/", StringComparison.Ordinal) => NodeSoftware.Embedded,
        _ when agent.StartsWith("kubo/", StringComparison.Ordinal) || agent.StartsWith("go-ipfs/", StringComparison.Ordinal) => NodeSoftware.Kubo,
        _ when agent.StartsWith("js-ipfs", StringComparison.Ordinal) => NodeSoftware.JsIpfs,
        _ => NodeSoftware.Other,
    };

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static MultipartFormDataContent File(ReadOnlyMemory<byte> data)
    {
        var part = new ReadOnlyMemoryContent(data);
        part.Headers.ContentType = new("application/octet-stream");
        return new MultipartFormDataContent { { part, "file", "block" } };
    }

    private JsonDocument Parse(System.Buffers.ReadOnlySequence<byte> line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException error)
        {
            throw new KuboException(KuboOutcome.NodeError, $"{Endpoint} sent a line that is no JSON: {error.Message}");
        }
    }
}
