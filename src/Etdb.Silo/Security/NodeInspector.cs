using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json;
using Etdb.Domain.Membership;
using Etdb.Grains.Ports;

namespace Etdb.Silo.Security;

/// <summary>
/// Looks at a node over its RPC before it joins. Whether a call is open is asked so that nothing happens: with arguments that the node must refuse
/// after it let the call in.
/// </summary>
internal sealed class NodeInspector(NodeHttp http, NodeDialer dialer, NodeCredentials credentials, TimeProvider time) : INodeInspector
{
    private const int MostAnswerBytes = 64 * 1024;
    private const int MostShown = 200;
    private const string EmptyFolder = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"; // The empty UnixFS folder.
    private const string NoCid = "not-a-cid";
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);

    /// <summary>What the cluster calls, with arguments that do nothing.</summary>
    private static readonly (string Path, string Query)[] Needed =
    [
        ("id", ""), ("repo/stat", "?size-only=true"), ("pin/ls", $"?type=recursive&arg={EmptyFolder}"), ("pin/add", $"?arg={NoCid}"), ("pin/rm", $"?arg={NoCid}"),
        ("block/get", $"?arg={NoCid}&offline=true"), ("block/stat", $"?arg={NoCid}&offline=true"), ("block/put", ""), ("block/rm", $"?arg={NoCid}"), ("refs/local", ""),
        ("swarm/connect", $"?arg={NoCid}"),
    ];

    /// <summary>What nobody needs to give us.</summary>
    private static readonly (string Path, string Query)[] Excessive = [("config/show", ""), ("key/list", ""), ("files/ls", "")];

    public async Task<JoinFindings> InspectAsync(NodeEndpoint endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var found = await AddressAsync(endpoint, cancellationToken);
        if (found.AddressProblem is not null)
        {
            return found;
        }

        string? authorization;
        try
        {
            authorization = credentials.Open(endpoint);
        }
        catch (CryptographicException e)
        {
            return found with { RpcProblem = e.Message };
        }

        // A credential is not sent where it could be read on its way; what the node says without it is told all the same.
        var shown = found is { Encrypted: false, Trusted: false } ? null : authorization;
        var id = await AskAsync(endpoint.Rpc, "id", "", shown, cancellationToken);
        if (id.Problem is { } problem)
        {
            return found with { RpcProblem = problem };
        }

        found = found with { ClockAhead = id.ClockAhead };
        var agent = id.Open ? Text(id.Body, "AgentVersion") : null;
        if (agent is null && id.Answer != CallAnswer.Refused)
        {
            return found with { RpcProblem = $"What answers at {endpoint.Rpc} is no IPFS node: to /api/v0/id it said status {(int)id.Status}." };
        }

        return await RpcAsync(endpoint, shown, id, found with { Agent = agent }, cancellationToken);
    }

    private async Task<JoinFindings> RpcAsync(NodeEndpoint endpoint, string? authorization, Said id, JoinFindings found, CancellationToken ct)
    {
        // One after the other: a node that is looked at is not to be stormed.
        var needed = new Dictionary<string, CallAnswer>(StringComparer.Ordinal);
        foreach (var (path, query) in Needed)
        {
            needed[path] = await KnockAsync(endpoint.Rpc, path, query, authorization, ct);
        }

        var excessive = new Dictionary<string, CallAnswer>(StringComparer.Ordinal);
        foreach (var (path, query) in authorization is null ? [] : Excessive)
        {
            excessive[path] = await KnockAsync(endpoint.Rpc, path, query, authorization, ct);
        }

        var stranger = await KnockAsync(endpoint.Rpc, "pin/rm", $"?arg={NoCid}", null, ct);
        var stat = await AskAsync(endpoint.Rpc, "repo/stat", "?size-only=true", authorization, ct);
        var version = found.Agent is null ? await AskAsync(endpoint.Rpc, "version", "", null, ct) : default;
        return found with
        {
            Agent = found.Agent ?? Text(version.Body, "Agent") ?? (Text(version.Body, "Version") is { } v ? "kubo/" + v : "unknown"),
            PeerId = Text(id.Body, "ID"),
            RepositoryId = Text(id.Body, "RepositoryId") ?? Text(stat.Body, "RepositoryId"),
            CapacityBytes = Number(stat.Body, "StorageMax") ?? 0,
            UsedBytes = Number(stat.Body, "RepoSize"),
            Needed = needed,
            Excessive = excessive,
            WithoutCredential = stranger,
            CollectsGarbage = await CollectsGarbageAsync(endpoint.Rpc, found.Agent, authorization, ct),
            GatewayProblem = await GatewayAsync(endpoint.Gateway, ct),
        };
    }

    private async Task<JoinFindings> AddressAsync(NodeEndpoint endpoint, CancellationToken ct)
    {
        var trusted = true;
        foreach (var text in new[] { endpoint.Rpc, endpoint.Gateway }.OfType<string>())
        {
            try
            {
                var uri = new Uri(text);
                var addresses = await dialer.ResolveAsync(uri.Host, ct);
                if (addresses.Count == 0)
                {
                    return new JoinFindings { AddressProblem = $"{uri.Host} is not a public address, and in no network that this cluster allows." };
                }

                trusted &= dialer.IsTrusted(addresses);
            }
            catch (System.Net.Sockets.SocketException e)
            {
                return new JoinFindings { AddressProblem = $"'{new Uri(text).Host}' cannot be resolved here: {e.Message}." };
            }
        }

        return new JoinFindings { Trusted = trusted, Encrypted = endpoint.Rpc.StartsWith("https://", StringComparison.OrdinalIgnoreCase), HasCredential = endpoint.Authorization is not null };
    }

    /// <summary>Our node never does by itself; Kubo does when its daemon was started with --enable-gc, which its list of variables shows where that is open.</summary>
    private async Task<bool?> CollectsGarbageAsync(string rpc, string? agent, string? authorization, CancellationToken ct)
    {
        if (agent?.StartsWith("etdb-node/", StringComparison.Ordinal) == true)
        {
            return false;
        }

        var answer = await SendAsync(HttpMethod.Get, $"{rpc.TrimEnd('/')}/debug/vars", authorization, ct);
        return answer.Open && answer.Body is { ValueKind: JsonValueKind.Object } vars && vars.TryGetProperty("cmdline", out var line) && line.ValueKind == JsonValueKind.Array
            ? line.EnumerateArray().Any(word => word.ValueKind == JsonValueKind.String && word.GetString()!.TrimStart('-').Split('=') is ["enable-gc", ..] parts && parts.ElementAtOrDefault(1) is not "false")
            : null;
    }

    private async Task<string?> GatewayAsync(string? gateway, CancellationToken ct)
    {
        if (gateway is null)
        {
            return null;
        }

        // The identity CID of nothing: every trustless gateway has it without looking.
        var answer = await SendAsync(HttpMethod.Get, $"{gateway.TrimEnd('/')}/ipfs/bafkqaaa?format=raw", null, ct);
        return answer.Problem ?? (answer.Open ? null : $"What answers at {gateway} is no gateway that other nodes can fetch from: to /ipfs/bafkqaaa?format=raw it said status {(int)answer.Status}.");
    }

    /// <summary>Whether a call is open. Its status tells; what follows may be a listing, or the progress of a search without an end.</summary>
    private async Task<CallAnswer> KnockAsync(string rpc, string path, string query, string? authorization, CancellationToken ct)
        => (await SendAsync(HttpMethod.Post, $"{rpc.TrimEnd('/')}/api/v0/{path}{query}", authorization, ct, onlyStatus: true)).Answer;

    private Task<Said> AskAsync(string rpc, string path, string query, string? authorization, CancellationToken ct)
        => SendAsync(HttpMethod.Post, $"{rpc.TrimEnd('/')}/api/v0/{path}{query}", authorization, ct);

    private async Task<Said> SendAsync(HttpMethod method, string address, string? authorization, CancellationToken ct, bool onlyStatus = false)
    {
        using var limit = new CancellationTokenSource(CallLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(method, address);
            if (authorization is not null)
            {
                request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
            }

            using var response = await http.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var clock = response.Headers.Date - (time.GetUtcNow() - (Stopwatch.GetElapsedTime(began) / 2));
            return new Said(null, response.StatusCode, onlyStatus ? null : await BodyAsync(response, either.Token), clock);
        }
        catch (HttpRequestException e) when (e.InnerException is AuthenticationException tls)
        {
            return new Said($"{new Uri(address).GetLeftPart(UriPartial.Path)}: {tls.Message} If an authority of its own signed the node's certificate, name it in Nodes:AuthorityFile.", default, null, null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException)
        {
            return new Said($"{new Uri(address).GetLeftPart(UriPartial.Path)}: {e.Message}", default, null, null);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested || limit.IsCancellationRequested)
        {
            return new Said($"{new Uri(address).GetLeftPart(UriPartial.Path)}: no answer within {CallLimit.TotalSeconds:0} s.", default, null, null);
        }
    }

    /// <summary>The answer's JSON, when it is a short document; a listing is not read to its end.</summary>
    private static async Task<JsonElement?> BodyAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType is not "application/json")
        {
            return null;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var bytes = new byte[MostAnswerBytes];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement? json, string name)
        => json is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Shown(value.GetString()!) : null;

    private static long? Number(JsonElement? json, string name)
        => json is { ValueKind: JsonValueKind.Object } o && o.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    /// <summary>What a status says of a call that was asked with an argument the node must refuse (Kubo: 400 or 500).</summary>
    internal static CallAnswer Means(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => CallAnswer.Refused,
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => CallAnswer.Absent,
        HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => CallAnswer.Unknown,
        HttpStatusCode.OK or HttpStatusCode.InternalServerError or (>= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError) => CallAnswer.Open,
        _ => CallAnswer.Unknown,
    };

    /// <summary>A node's own words, as people and terminals may be shown them.</summary>
    internal static string Shown(string text) => new([.. text.Take(MostShown).Select(c => char.IsControl(c) ? '?' : c)]);

    private readonly record struct Said(string? Problem, HttpStatusCode Status, JsonElement? Body, TimeSpan? ClockAhead)
    {
        public bool Open => Status == HttpStatusCode.OK;

        /// <summary>An error about the argument proves that the call was let in; what a proxy says for a node that does not answer, or of its own accord, proves nothing.</summary>
        public CallAnswer Answer => Problem is null ? NodeInspector.Means(Status) : CallAnswer.Unknown;
    }
}
