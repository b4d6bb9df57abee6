using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Etdb.Ipfs.Cids;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Etdb.Benchmarks.Scale;

/// <summary>
/// A hundred nodes in this process, each on its own loopback port, that answer the calls of Kubo's RPC which the cluster makes (id, repo/stat,
/// pin/ls, pin/add, pin/rm, swarm/connect, block/get) over real HTTP. Their contents are computed; moving bytes takes no time.
/// </summary>
internal sealed class SimulatedNodes : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly int _firstPort;
    private readonly int _datasets;
    private readonly byte[] _names; // CIDs one after the other: a listing of 50,000 pins is not computed anew each time.
    private readonly Dictionary<string, int> _index;
    private readonly ConcurrentDictionary<int, byte>[] _added;
    private readonly ConcurrentDictionary<int, byte>[] _removed;
    private readonly int[][] _base;
    private readonly int[] _generation = new int[SyntheticWorld.Nodes + SyntheticWorld.Labs];
    private readonly int _nameLength;
    private long _pins;
    private long _listings;

    private SimulatedNodes(int datasets, bool filled, int firstPort)
    {
        (_datasets, _firstPort) = (datasets, firstPort);
        _nameLength = SyntheticWorld.Root(0).ToString().Length;
        _names = new byte[(long)datasets * _nameLength];
        _index = new Dictionary<string, int>(datasets, StringComparer.Ordinal);
        var lists = Enumerable.Range(0, SyntheticWorld.Nodes + SyntheticWorld.Labs).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < datasets; i++)
        {
            var name = SyntheticWorld.Root(i).ToString();
            Encoding.ASCII.GetBytes(name, _names.AsSpan(i * _nameLength));
            _index.Add(name, i);
            for (var lab = 0; !filled && lab < SyntheticWorld.Labs; lab++)
            {
                lists[SyntheticWorld.Nodes + lab].Add(i);
            }

            for (var r = 0; filled && r < SyntheticWorld.Replicas; r++)
            {
                lists[SyntheticWorld.Node(i, r)].Add(i);
            }
        }

        _base = [.. lists.Select(l => l.ToArray())];
        _added = [.. lists.Select(_ => new ConcurrentDictionary<int, byte>())];
        _removed = [.. lists.Select(_ => new ConcurrentDictionary<int, byte>())];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            for (var node = 0; node < SyntheticWorld.Nodes + SyntheticWorld.Labs; node++)
            {
                k.Listen(IPAddress.Loopback, firstPort + node);
            }
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Pins made since the start.</summary>
    public long Pins => Interlocked.Read(ref _pins);

    /// <summary>Complete listings served since the start.</summary>
    public long Listings => Interlocked.Read(ref _listings);

    /// <summary>While set, no pin is finished: what the cluster plans can be counted without the repairs being done under the count.</summary>
    public bool Hold { get; set; }

    /// <summary>Pins that were asked for and wait because of <see cref="Hold"/>.</summary>
    public int Held => _held;

    private int _held;

    public static async Task<SimulatedNodes> StartAsync(int datasets, bool filled, int firstPort, CancellationToken ct)
    {
        var nodes = new SimulatedNodes(datasets, filled, firstPort);
        await nodes._app.StartAsync(ct);
        return nodes;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>How many datasets a node keeps.</summary>
    public int CountOf(int node) => (_generation[node] == 0 ? _base[node].Length - _removed[node].Count : 0) + _added[node].Count;

    /// <summary>The disk of a node is replaced: a new repository with nothing in it.</summary>
    public void Wipe(int node)
    {
        _added[node].Clear();
        _removed[node].Clear();
        Interlocked.Increment(ref _generation[node]);
    }

    private Task AnswerAsync(HttpContext context)
    {
        var node = context.Connection.LocalPort - _firstPort;
        var argument = context.Request.Query["arg"].ToString();
        return context.Request.Path.Value switch
        {
            "/api/v0/id" => WriteAsync(context, $$"""{"ID":"peer-{{node}}-{{_generation[node]}}","AgentVersion":"kubo/0.42.0","Addresses":["/ip4/127.0.0.1/tcp/4001/p2p/peer-{{node}}"]}"""),
            "/api/v0/repo/stat" => WriteAsync(context, string.Create(CultureInfo.InvariantCulture, $"{{\"RepoSize\":{CountOf(node) * 32L},\"StorageMax\":1000000000000,\"NumObjects\":{CountOf(node)}}}")),
            "/api/v0/swarm/connect" => WriteAsync(context, """{"Strings":["connect success"]}"""),
            "/api/v0/pin/ls" => argument.Length == 0 ? ListAsync(context, node) : IsPinnedAsync(context, node, argument),
            "/api/v0/pin/add" => AddAsync(context, node, argument),
            "/api/v0/pin/rm" => RemoveAsync(context, node, argument),
            "/api/v0/block/get" => BlockAsync(context, node, argument),
            _ => FailAsync(context, "not simulated"),
        };
    }

    private bool Has(int node, string cid, out int index) => _index.TryGetValue(cid, out index)
        && (_added[node].ContainsKey(index) || (_generation[node] == 0 && !_removed[node].ContainsKey(index) && Array.BinarySearch(_base[node], index) >= 0));

    private Task IsPinnedAsync(HttpContext context, int node, string cid) => Has(node, cid, out _)
        ? WriteAsync(context, $$$"""{"Keys":{"{{{cid}}}":{"Type":"recursive"} } }""")
        : FailAsync(context, $"path '{cid}' is not pinned");

    private async Task AddAsync(HttpContext context, int node, string cid)
    {
        if (!_index.TryGetValue(cid, out var index))
        {
            await FailAsync(context, "no providers");
            return;
        }

        if (Hold)
        {
            Interlocked.Increment(ref _held);
            while (Hold)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, context.RequestAborted);
            }
        }

        _added[node][index] = 0;
        _removed[node].TryRemove(index, out _);
        Interlocked.Increment(ref _pins);
        await WriteAsync(context, $$"""{"Pins":["{{cid}}"]}""");
    }

    private Task RemoveAsync(HttpContext context, int node, string cid)
    {
        if (!Has(node, cid, out var index))
        {
            return FailAsync(context, $"path '{cid}' is not pinned");
        }

        _added[node].TryRemove(index, out _);
        _removed[node][index] = 0;
        return WriteAsync(context, $$"""{"Pins":["{{cid}}"]}""");
    }

    private Task BlockAsync(HttpContext context, int node, string cid) =>
        Has(node, cid, out var index) ? context.Response.Body.WriteAsync(SyntheticWorld.Block(index), context.RequestAborted).AsTask() : FailAsync(context, "block was not found locally (offline)");

    private async Task ListAsync(HttpContext context, int node)
    {
        var body = context.Response.BodyWriter;
        var inBase = _generation[node] == 0 ? _base[node].Where(i => !_removed[node].ContainsKey(i)) : [];
        var written = 0;
        foreach (var index in inBase.Concat(_added[node].Keys))
        {
            var line = body.GetSpan(_nameLength + 64);
            "{\"Cid\":\""u8.CopyTo(line);
            _names.AsSpan(index * _nameLength, _nameLength).CopyTo(line[8..]);
            "\",\"Type\":\"recursive\",\"Name\":\"\"}\n"u8.CopyTo(line[(8 + _nameLength)..]);
            body.Advance(8 + _nameLength + 32);
            if (++written % 500 == 0)
            {
                await body.FlushAsync(context.RequestAborted);
            }
        }

        await body.FlushAsync(context.RequestAborted);
        Interlocked.Increment(ref _listings);
    }

    private static Task WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json + "\n", context.RequestAborted);
    }

    private static Task FailAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return WriteAsync(context, $$"""{"Message":"{{message}}","Code":0,"Type":"error"}""");
    }
}
