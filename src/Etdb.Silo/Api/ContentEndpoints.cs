using System.Globalization;
using Etdb.Domain.Access;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;
using Etdb.Silo.Adapters;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Etdb.Silo.Api;

/// <summary>
/// <c>/ipfs/{cid}[/path]</c>: files read through from the nodes, each block hashed before its bytes are sent. One range a request (RFC 9110, 14). Published
/// content is other people's: it is sent with a sandboxing policy and may never run as part of this site.
/// </summary>
internal static class ContentEndpoints
{
    private const string Immutable = "public, max-age=29030400, immutable";
    private static readonly FileExtensionContentTypeProvider Types = new(new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp",
        [".mp4"] = "video/mp4", [".webm"] = "video/webm", [".txt"] = "text/plain; charset=utf-8", [".mdoc"] = "text/plain; charset=utf-8", [".json"] = "application/json",
    });

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods("/ipfs/{cid}/{**path}", [HttpMethods.Get, HttpMethods.Head], ServeAsync).Needs(Role.Viewer).ExcludeFromDescription();

    private static async Task ServeAsync(HttpContext context, ClusterBlocks blocks, string cid, string? path)
    {
        if (!Cid.TryParse(cid, out var root))
        {
            await ApiProblems.BadRequest("cid", $"'{cid}' is not a CID.").ExecuteAsync(context);
            return;
        }

        try
        {
            var reader = await blocks.OpenAsync(context.RequestAborted);
            var target = await UnixFsReader.ResolveAsync(reader, root, path ?? "", context.RequestAborted);
            if (target.Node.IsDirectory)
            {
                await NotFoundAsync(context, $"/ipfs/{cid}/{path} is a folder; name a file in it.");
                return;
            }

            await SendAsync(context, reader, target.Node, path);
        }
        catch (DagException e) when (!context.Response.HasStarted)
        {
            await NotFoundAsync(context, e.Problem == DagProblem.Missing ? $"No node has block {e.Cid} right now." : e.Message);
        }
        catch (IOException e) when (!context.Response.HasStarted)
        {
            await ApiProblems.Unavailable(e.Message).ExecuteAsync(context);
        }
        catch (Exception e) when (e is DagException or IOException)
        {
            context.Abort(); // Headers are out: a cut connection is the honest end, never bytes that were not checked.
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The reader left.
        }
    }

    private static async Task SendAsync(HttpContext context, IBlockReader reader, UnixFsNode file, string? path)
    {
        var (request, response) = (context.Request, context.Response);
        var size = (long)file.FileBytes;
        var etag = $"\"{file.Cid}\"";
        response.Headers.ETag = etag;
        response.Headers.CacheControl = Immutable;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";
        if (request.Headers.IfNoneMatch.Any(v => v == etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (!TryRange(request, etag, size, out var from, out var length))
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = $"bytes */{size}";
            return;
        }

        if (length < size)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + length - 1}/{size}");
        }

        response.ContentType = Types.TryGetContentType(path ?? "", out var type) ? type : "application/octet-stream";
        response.ContentLength = length;
        if (HttpMethods.IsGet(request.Method))
        {
            await UnixFsReader.CopyAsync(reader, file.Cid, response.Body, from, length, context.RequestAborted);
        }
    }

    // Several ranges, or an If-Range that does not match, get the whole file: both are allowed and simpler than multipart answers.
    private static bool TryRange(HttpRequest request, string etag, long size, out long from, out long length)
    {
        (from, length) = (0, size);
        var range = request.GetTypedHeaders().Range;
        if (range is not { Unit.Value: "bytes", Ranges.Count: 1 } || (request.Headers.IfRange.Count > 0 && request.Headers.IfRange != etag))
        {
            return true;
        }

        var only = range.Ranges.First();
        from = only.From ?? Math.Max(0, size - only.To!.Value);
        var to = only.From is null ? size - 1 : Math.Min(only.To ?? (size - 1), size - 1);
        length = to - from + 1;
        return from < size && length > 0;
    }

    private static Task NotFoundAsync(HttpContext context, string detail)
        => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: "There is no such content here.", type: "urn:etdb:problem:not-found").ExecuteAsync(context);
}
