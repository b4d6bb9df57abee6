using System.Collections.Frozen;
using System.Text.Json;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node.Store;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>One command of the RPC.</summary>
internal delegate Task RpcHandler(RpcCall call);

/// <summary>
/// <c>POST /api/v0/…</c> in Kubo's manner: arguments in the query, errors as 500 with a JSON message. When the answer has begun already, a stream of JSON
/// ends with the message as its last line (clients of Kubo read that) and every other body is broken off, so that it cannot pass for whole. (Kubo also has
/// the trailer <c>X-Stream-Error</c>; Kestrel sends no trailers over HTTP/1.1.)
/// </summary>
internal sealed class RpcRouter(EmbeddedNode node)
{
    private const string Prefix = "/api/v0/";

    private readonly RpcGuard _guard = new(node.Options);
    private readonly FrozenDictionary<string, RpcHandler> _handlers = RpcCommands.All.ToFrozenDictionary(StringComparer.Ordinal);

    public async Task HandleAsync(HttpContext context)
    {
        if (_guard.Refuse(context.Request) is { } status)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(status == StatusCodes.Status405MethodNotAllowed ? "405 - Method Not Allowed\n" : "403 - Forbidden\n").ConfigureAwait(false);
            return;
        }

        var path = context.Request.Path.Value ?? string.Empty;
        if (!path.StartsWith(Prefix, StringComparison.Ordinal) || !_handlers.TryGetValue(path[Prefix.Length..].TrimEnd('/'), out var handler))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("404 page not found\n").ConfigureAwait(false);
            return;
        }

        await RunAsync(context, handler).ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext context, RpcHandler handler)
    {
        using var limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, node.Options.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            if (context.Request.Query.TryGetValue("timeout", out var values) && values.Count > 0)
            {
                limit.CancelAfter(GoDuration.TryParse(values[0] ?? string.Empty, out var timeout) && timeout > TimeSpan.Zero
                    ? timeout
                    : throw RpcException.BadArgument($"option timeout is '{values[0]}', expected something like 30s"));
            }

            await handler(new RpcCall(context, node, linked.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(context, new RpcException("context deadline exceeded")).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            await FailAsync(context, error).ConfigureAwait(false);
        }
        catch (DagException error)
        {
            await FailAsync(context, Explain(error)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidDataException or BadHttpRequestException)
        {
            await FailAsync(context, RpcException.BadArgument(error.Message)).ConfigureAwait(false);
        }
        catch (IOException error) when (!context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(context, new RpcException(error is BlockStoreException ? error.Message : $"disk error: {error.Message}")).ConfigureAwait(false);
        }
    }

    /// <summary>The words Kubo uses for what cannot be read; "corrupt" is ours, since Kubo's has no such answer.</summary>
    public static RpcException Explain(DagException error) => error.Problem switch
    {
        DagProblem.Missing => new RpcException($"block was not found locally (offline): ipld: could not find {error.Cid}"),
        DagProblem.Corrupt => new RpcException($"block {error.Cid} is corrupt on this node: its bytes do not match the hash; quarantined"),
        DagProblem.NotFound or DagProblem.NotADirectory or DagProblem.NotAFile => new RpcException(error.Message),
        _ => new RpcException(error.Message, 500, 1),
    };

    private static async Task FailAsync(HttpContext context, RpcException error)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            if (response.ContentType != "application/json")
            {
                context.Abort();
                return;
            }

            await response.WriteAsync(Body(error)).ConfigureAwait(false);
            return;
        }

        response.Clear();
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        await response.WriteAsync(Body(error)).ConfigureAwait(false);
    }

    private static string Body(RpcException error) => JsonSerializer.Serialize(new { error.Message, error.Code, Type = "error" }) + "\n";
}
