using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Kubo;
using Etdb.Testing;

namespace Etdb.Integration.Tests.Nodes;

/// <summary><c>etdb node run</c> as a child process on free ports, and a client of it.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private readonly EtdbProcess _process;

    private NodeProcess(EtdbProcess process, JsonElement ready)
    {
        _process = process;
        Http = HttpPool.Create(TimeSpan.FromSeconds(10));
        Endpoint = new KuboEndpoint(new Uri(ready.GetProperty("api").GetString()!), new Uri(ready.GetProperty("gateway").GetString()!), null);
        Remote = new RemoteNode(Http, Endpoint, new KuboClientOptions { StallLimit = TimeSpan.FromSeconds(60), PinStallLimit = TimeSpan.FromSeconds(60) });
        RepositoryId = ready.GetProperty("repositoryId").GetString()!;
        PeerId = ready.GetProperty("peerId").GetString()!;
    }

    public HttpClient Http { get; }

    public KuboEndpoint Endpoint { get; }

    public RemoteNode Remote { get; }

    public string RepositoryId { get; }

    public string PeerId { get; }

    /// <summary>Makes a node's folder.</summary>
    public static async Task InitAsync(string folder)
    {
        var (code, _, errors) = await EtdbProcess.RunAsync(StartLimit, "node", "init", "--data", folder, "--api", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--reserve", "0", "--scrub-rate", "0");
        Assert.True(code == 0, errors);
    }

    /// <summary>Starts the node of a folder and waits until it answers.</summary>
    public static async Task<NodeProcess> RunAsync(string folder, params string[] more)
    {
        var process = EtdbProcess.Start(["node", "run", "--json", "--data", folder, .. more]);
        await process.WaitForLineAsync(static text => text.TrimEnd() == "}", StartLimit, "the node to be ready"); // the end of its answer
        using var json = JsonDocument.Parse(process.Output);
        return new NodeProcess(process, json.RootElement.Clone());
    }

    /// <summary>Adds a file; the answer comes when it is on disk and pinned.</summary>
    public async Task<Cid> AddAsync(byte[] content, string query, CancellationToken cancellationToken)
    {
        using var part = new ByteArrayContent(content) { Headers = { ContentType = new("application/octet-stream") } };
        using var form = new MultipartFormDataContent { { part, "file", "file.bin" } };
        using var answer = await Http.PostAsync(new Uri(Endpoint.Api, $"/api/v0/add?progress=false&{query}"), form, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text.Trim().Split('\n')[^1]);
        return Cid.Parse(json.RootElement.GetProperty("Hash").GetString()!);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitAsync(StartLimit);
    }

    /// <summary>Ctrl-C; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        _process.Interrupt();
        return await _process.WaitAsync(StartLimit);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }
}
