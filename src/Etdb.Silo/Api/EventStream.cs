using Etdb.Domain.Access;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Etdb.Silo.Api;

/// <summary>
/// <c>GET /api/v1/events</c>: what was committed to the catalogue, as server-sent events (WHATWG HTML, 9.2). A reader that reconnects or
/// fell behind is told to read the lists again; nothing is replayed, the lists are the truth.
/// </summary>
internal sealed class EventStream(EventHub hub, CallerReader callers, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Live readers at once. Each costs a connection and a queue of references; events are rendered once for all.</summary>
    private const int MostReaders = 500;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);
    private int _readers;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/events", static (EventStream stream, HttpContext context) => stream.ServeAsync(context))
        .NeedsToReadLive(Role.Viewer).WithSummary("Live changes as server-sent events.");

    public async Task ServeAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _readers) > MostReaders)
        {
            Interlocked.Decrement(ref _readers);
            await ApiProblems.Unavailable($"{MostReaders} live readers are connected already; read the lists instead and try again later.").ExecuteAsync(context);
            return;
        }

        // Ends with the silo too: an open stream would hold up its stop.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await WriteAsync(context, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader left, or the silo stops.
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private async Task WriteAsync(HttpContext context, CancellationToken ct)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        using var subscriber = hub.Subscribe();
        await response.Body.WriteAsync(hub.Hello(), ct);
        await response.Body.WriteAsync(await hub.HealthAsync(ct), ct);
        await response.Body.FlushAsync(ct);
        var more = subscriber.Queue.WaitToReadAsync(ct).AsTask();
        var asked = time.GetTimestamp();
        while (!ct.IsCancellationRequested)
        {
            if (time.GetElapsedTime(asked) >= AskAgain)
            {
                if (!await callers.HoldsAsync(context))
                {
                    return; // A token that was revoked reads nothing from then on, a stream that it opened before included.
                }

                asked = time.GetTimestamp();
            }

            if (await Task.WhenAny(more, Task.Delay(CallerReader.IsBearer(context) ? AskAgain : Heartbeat, time, ct)) != more)
            {
                await response.Body.WriteAsync(":\n\n"u8.ToArray(), ct);
            }
            else if (await more)
            {
                await WriteQueuedAsync(response, subscriber, ct);
                more = subscriber.Queue.WaitToReadAsync(ct).AsTask();
            }

            await response.Body.FlushAsync(ct);
        }
    }

    private async Task WriteQueuedAsync(HttpResponse response, EventHub.Subscriber subscriber, CancellationToken ct)
    {
        if (subscriber.TakeOverflow())
        {
            await response.Body.WriteAsync(hub.Hello(), ct);
        }

        while (subscriber.Queue.TryRead(out var block))
        {
            await response.Body.WriteAsync(block, ct);
        }
    }
}

/// <summary>An event of the host itself, not of the catalogue (the demo's steps).</summary>
public sealed record Announcement(string Event, object Data);
