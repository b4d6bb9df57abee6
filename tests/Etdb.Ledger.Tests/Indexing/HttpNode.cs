using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Etdb.Ledger.Flo.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etdb.Ledger.Tests.Indexing;

/// <summary>A <see cref="MinedChain"/> behind real HTTP that can be told to lie about anything: about answers, bodies, and when it answers.</summary>
internal sealed class HttpNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MinedChain _chain;

    private HttpNode(MinedChain chain)
    {
        _chain = chain;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/", AnswerAsync);
    }

    /// <summary>Looks at each call before it is answered; what it returns replaces the answer.</summary>
    public Func<string, JsonElement, JsonNode?>? Lie { get; set; }

    /// <summary>Answers a whole request in place of the node.</summary>
    public Func<HttpContext, Task>? Body { get; set; }

    /// <summary>Added to the ids of answers.</summary>
    public int IdShift { get; set; }

    public static async Task<HttpNode> StartAsync(MinedChain chain)
    {
        var node = new HttpNode(chain);
        await node._app.StartAsync();
        return node;
    }

    public FloRpcClient Client(Func<FloRpcOptions, FloRpcOptions>? change = null)
    {
        var address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var options = new FloRpcOptions { Endpoint = address, Attempts = 2, FirstWait = TimeSpan.FromMilliseconds(1), LongestWait = TimeSpan.FromMilliseconds(2) };
        return FloRpcClient.Create(change?.Invoke(options) ?? options, TimeProvider.System);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (Body is { } body)
        {
            await body(context);
            return;
        }

        using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var root = request.RootElement;
        JsonNode answer = root.ValueKind == JsonValueKind.Array ? new JsonArray([.. root.EnumerateArray().Select(Answer)]) : Answer(root);
        await context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }

    private JsonObject Answer(JsonElement call)
    {
        var method = call.GetProperty("method").GetString()!;
        var arguments = call.GetProperty("params");
        var result = Lie?.Invoke(method, arguments) ?? Truth(method, arguments);
        return new JsonObject
        {
            ["result"] = result,
            ["error"] = result is null ? new JsonObject { ["code"] = -8, ["message"] = "not found" } : null,
            ["id"] = call.GetProperty("id").GetInt64() + IdShift,
        };
    }

    private JsonNode? Truth(string method, JsonElement arguments) => method switch
    {
        "getblockcount" => _chain.Height,
        "getblockhash" => arguments[0].GetInt32() is var height && height <= _chain.Height ? _chain.Best[height].Hash.ToString() : null,
        "getblock" => _chain.Best.FirstOrDefault(b => b.Hash.ToString() == arguments[0].GetString())?.ToHex(),
        _ => null,
    };
}
