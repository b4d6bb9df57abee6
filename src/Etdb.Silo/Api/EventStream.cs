using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Etdb.Silo.Api;

/// <summary>
/// <c>GET /api/v1/events</c>: what was committed to the catalogue, as server-sent events (WHATWG HTML, 9.2). A reader that reconnects or
/// fell behind is told to read the lists again; nothing is replayed, the lists are the truth.
/// </summary>
internal sealed class EventStream(CatalogueEvents events, ICatalogue catalogue, IHostApplicationLifetime lifetime, TimeProvider time, IOptions<JsonOptions> json)
{
    private const int MostReaders = 500;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan HealthEvery = TimeSpan.FromMilliseconds(500);
    private int _readers;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/events", static (EventStream stream, HttpContext context) => stream.ServeAsync(context))
        .Needs(Role.Viewer).WithSummary("Live changes as server-sent events.");

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
            await WriteAsync(context.Response, end.Token);
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

    private async Task WriteAsync(HttpResponse response, CancellationToken ct)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        await SendAsync(response, events.Sequence, "hello", new { At = time.GetUtcNow(), Resync = true }, ct);
        await SendHealthAsync(response, ct);
        var healthDirty = false;
        var healthSent = time.GetTimestamp();
        await using var reader = events.SubscribeAsync(ct).GetAsyncEnumerator(ct);
        var next = reader.MoveNextAsync().AsTask();
        while (!ct.IsCancellationRequested)
        {
            var wait = healthDirty ? HealthEvery : Heartbeat;
            var ready = await Task.WhenAny(next, Task.Delay(wait, time, ct)) == next;
            if (ready)
            {
                if (!await next)
                {
                    return;
                }

                healthDirty |= await SendChangeAsync(response, reader.Current, ct);
                next = reader.MoveNextAsync().AsTask();
            }
            else if (!healthDirty)
            {
                await response.WriteAsync(":\n\n", ct);
                await response.Body.FlushAsync(ct);
            }

            if (healthDirty && time.GetElapsedTime(healthSent) >= HealthEvery)
            {
                await SendHealthAsync(response, ct);
                healthSent = time.GetTimestamp();
                healthDirty = false;
            }
        }
    }

    /// <summary>Sends one change; true when the one-page view may have changed with it.</summary>
    private async Task<bool> SendChangeAsync(HttpResponse response, CatalogueEvent item, CancellationToken ct)
    {
        if (item.Resync)
        {
            await SendAsync(response, item.Sequence, "hello", new { At = time.GetUtcNow(), Resync = true }, ct);
        }

        switch (item.Change)
        {
            case DatasetChanged c:
                await SendAsync(response, item.Sequence, "dataset", DatasetViews.Summary(c.Dataset, null, null), ct);
                return true;
            case NodeChanged c:
                var counts = (await catalogue.NodesAsync(ct)).FirstOrDefault(n => n.Node.Id == c.Node.Id)?.Replicas ?? new Dictionary<string, long>(StringComparer.Ordinal);
                await SendAsync(response, item.Sequence, "node", ClusterViews.Node(c.Node, counts), ct);
                return false;
            case RepairChanged c:
                var title = (await catalogue.DatasetAsync(c.Repair.Dataset, ct))?.Dataset.Title ?? "";
                await SendAsync(response, item.Sequence, "repair", ClusterViews.Repair(c.Repair, title), ct);
                return false;
            case IncidentChanged c:
                await SendAsync(response, item.Sequence, "incident", ClusterViews.Incident(c.Incident), ct);
                return true;
            case StoryAdded c:
                var about = (await catalogue.DatasetAsync(c.Story.Dataset, ct))?.Dataset.Title;
                await SendAsync(response, item.Sequence, "story", new StoryEventView(c.Story.Dataset, about, c.Story.At, c.Story.Kind, c.Story.Text, c.Story.Node), ct);
                return false;
            case Announcement a:
                await SendAsync(response, item.Sequence, a.Event, a.Data, ct);
                return false;
            default:
                return false;
        }
    }

    private async Task SendHealthAsync(HttpResponse response, CancellationToken ct)
        => await SendAsync(response, events.Sequence, "health", ClusterViews.Health(await catalogue.HealthAsync(ct), time.GetUtcNow()), ct);

    private async Task SendAsync(HttpResponse response, long id, string name, object data, CancellationToken ct)
    {
        await response.WriteAsync($"id: {id}\nevent: {name}\ndata: {JsonSerializer.Serialize(data, data.GetType(), json.Value.SerializerOptions)}\n\n", ct);
        await response.Body.FlushAsync(ct);
    }
}

/// <summary>An event of the host itself, not of the catalogue (the demo's steps).</summary>
public sealed record Announcement(string Event, object Data);
