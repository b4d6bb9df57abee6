using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Etdb.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Etdb.Browser.Tests.Support;

/// <summary>A real Kestrel on a free loopback port with the real dashboard and a C# fake of the API, which a test can change, break and cut off.</summary>
internal sealed class FakeApi : IAsyncDisposable
{
    private const int MostWaitingEvents = 1000;

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, JsonNode> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Channel<string>, bool> _readers = new();
    private int _lastEvent;

    private FakeApi(WebApplication app) => _app = app;

    public Uri Root => new(_app.Urls.Single());

    /// <summary>Bodies of the POSTs to /demo/break.</summary>
    public ConcurrentQueue<string> Breaks { get; } = new();

    /// <summary>Query strings of GET /datasets, in order.</summary>
    public ConcurrentQueue<string> Searches { get; } = new();

    /// <summary>Last-Event-ID of each connection to the feed; empty where there was none.</summary>
    public ConcurrentQueue<string> Connections { get; } = new();

    public static async Task<FakeApi> StartAsync(bool demo = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var api = new FakeApi(app);
        api.Fill(demo);
        app.MapEtdbDashboard();
        app.MapGet("/api/v1/events", api.ServeEventsAsync);
        app.MapPost("/api/v1/demo/break", (Delegate)api.BreakAsync);
        app.MapGet("/api/v1/{**path}", api.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return api;
    }

    public void Set(string path, JsonNode answer) => _answers[path] = answer;

    public void SetList(string path, params JsonNode[] items) => Set(path, List(items));

    /// <summary>What a search for these words finds.</summary>
    public void SetSearch(string path, string words, params JsonNode[] items) => Set($"{path}?q={words}", List(items));

    public static JsonObject List(params JsonNode[] items) => new() { ["items"] = new JsonArray(items), ["next"] = null, ["total"] = items.Length };

    public void Fail(string path, int status) => _failures[path] = status;

    public void Recover(string path) => _failures.TryRemove(path, out _);

    /// <summary>Changes what is read, as a server does before it tells, and sends the event to every open page.</summary>
    public void Publish(string type, JsonNode data)
    {
        Remember(type, data);
        var text = Event(type, data);
        foreach (var reader in _readers.Keys)
        {
            Assert.True(reader.Writer.TryWrite(text), "The page reads its feed too slowly.");
        }
    }

    private void Remember(string type, JsonNode data)
    {
        if (type == "health")
        {
            Set("/health", data);
        }
        else if (type is "node" or "incident" or "repair")
        {
            var key = type == "repair" ? "dataset" : "id";
            var path = $"/{type}s";
            var over = type == "repair" && data["phase"]!.GetValue<string>() is "done" or "failed";
            var others = _answers[path]["items"]!.AsArray().Where(item => item![key]!.GetValue<string>() != data[key]!.GetValue<string>()).Select(item => item!.DeepClone());
            SetList(path, over ? [.. others] : [.. others, data.DeepClone()]);
        }
    }

    /// <summary>Ends every connection to the feed.</summary>
    public void CutFeed()
    {
        foreach (var reader in _readers.Keys)
        {
            reader.Writer.TryComplete();
        }
    }

    public async ValueTask DisposeAsync()
    {
        CutFeed();
        await _app.DisposeAsync();
    }

    private void Fill(bool demo)
    {
        Set("/cluster", FakeArchive.Cluster(demo));
        Set("/health", FakeArchive.Health(12));
        Set("/session", new JsonObject
        {
            ["name"] = "local", ["kind"] = "local", ["grants"] = new JsonArray("admin"), ["roles"] = new JsonArray("admin"), ["expiresAt"] = null, ["tokensNeeded"] = false,
        });
        SetList("/members", FakeArchive.Member(1), FakeArchive.Member(2), FakeArchive.Member(3));
        SetList("/nodes", FakeArchive.Node(1), FakeArchive.Node(2), FakeArchive.Node(3));
        SetList("/repairs");
        SetList("/incidents");
        SetList("/datasets", FakeArchive.Summary(1), FakeArchive.Summary(2));
        Set("/facets", new JsonObject
        {
            ["states"] = Counted(("healthy", 2)), ["publishers"] = Counted(("FLabAddress", 2)), ["species"] = Counted(("Vibrio cholerae", 2), ("Caulobacter", 1)),
            ["members"] = Counted(("m1", 2), ("m2", 1)), ["areAtLeast"] = false,
        });
        Set($"/datasets/{FakeArchive.Id(1)}", FakeArchive.Dataset(1));
        Set($"/datasets/{FakeArchive.Id(1)}/why", FakeArchive.Why(1, "It has 2 verified copies; 3 are wanted."));
        SetList($"/datasets/{FakeArchive.Id(1)}/story", FakeArchive.Story("the copy on n3 is gone"));
        if (demo)
        {
            Set("/demo", new JsonObject
            {
                ["enabled"] = true,
                ["nodes"] = new JsonArray(
                    new JsonObject { ["id"] = "n1", ["member"] = "m1", ["running"] = true, ["actions"] = new JsonArray("delete-disk", "stop-node", "corrupt-blocks") },
                    new JsonObject { ["id"] = "n2", ["member"] = "m2", ["running"] = false, ["actions"] = new JsonArray("return-node") }),
            });
        }
    }

    private static JsonArray Counted(params (string Value, int Count)[] values) => [.. values.Select(v => new JsonObject { ["value"] = v.Value, ["count"] = v.Count })];

    private IResult AnswerAsync(HttpContext context, string path)
    {
        path = "/" + path;
        if (path == "/datasets")
        {
            Searches.Enqueue(context.Request.QueryString.Value ?? "");
        }

        if (_failures.TryGetValue(path, out var status))
        {
            return Results.Problem($"The catalogue could not be read for {path}.", title: "The catalogue is away", statusCode: status);
        }

        // What a search is answered (SetSearch) goes before what its path is answered.
        var search = context.Request.Query["q"].ToString();
        return (search.Length > 0 && _answers.TryGetValue($"{path}?q={search}", out var answer)) || _answers.TryGetValue(path, out answer)
            ? Results.Text(answer.ToJsonString(), "application/json")
            : Results.Problem($"Nothing at {path}.", title: "Not found", statusCode: StatusCodes.Status404NotFound);
    }

    private async Task<IResult> BreakAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        Breaks.Enqueue(await reader.ReadToEndAsync(context.RequestAborted));
        return _failures.TryGetValue("/demo/break", out var status)
            ? Results.Problem("Node n1 is being started; try again in a moment.", title: "Busy", statusCode: status)
            : Results.Accepted(value: new { text = "The disk of n1 was deleted." });
    }

    private async Task ServeEventsAsync(HttpContext context)
    {
        Connections.Enqueue(context.Request.Headers["Last-Event-ID"].ToString());
        if (_failures.TryGetValue("/events", out var status))
        {
            context.Response.StatusCode = status;
            return;
        }

        var feed = Channel.CreateBounded<string>(MostWaitingEvents);
        _readers[feed] = true;
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(Event("hello", new JsonObject { ["at"] = FakeArchive.Time, ["resync"] = true }), context.RequestAborted);
        try
        {
            await foreach (var text in feed.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(text, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed.
        }
        finally
        {
            _readers.TryRemove(feed, out _);
        }
    }

    private string Event(string type, JsonNode data) => $"id: {Interlocked.Increment(ref _lastEvent)}\nevent: {type}\ndata: {data.ToJsonString()}\n\n";
}
