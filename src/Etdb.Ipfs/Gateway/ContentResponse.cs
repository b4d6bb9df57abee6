using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Etdb.Ipfs.Gateway;

/// <summary>
/// Files as browsers want them (type, length, one range, ETag, cached for ever, since a CID's content never changes) and pages for folders: the folder's
/// <c>index.html</c> when it has one, else a list.
/// </summary>
internal static class ContentResponse
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    public static async Task WriteAsync(HttpContext context, LocalBlocks blocks, Cid root, string path)
    {
        var token = context.RequestAborted;
        var node = (await UnixFsReader.ResolveAsync(blocks, root, path, token).ConfigureAwait(false)).Node;
        if (!node.IsDirectory)
        {
            await FileAsync(context, blocks, node, NameFor(context.Request, path, root)).ConfigureAwait(false);
            return;
        }

        var url = context.Request.Path.Value ?? string.Empty;
        if (!url.EndsWith('/'))
        {
            context.Response.StatusCode = StatusCodes.Status301MovedPermanently;
            context.Response.Headers.Location = $"{context.Request.Path.ToUriComponent()}/{context.Request.QueryString}";
            return;
        }

        if (await IndexPageAsync(blocks, node, token).ConfigureAwait(false) is { } index)
        {
            await FileAsync(context, blocks, index, "index.html").ConfigureAwait(false);
            return;
        }

        await DirectoryPage.WriteAsync(context, blocks, node, root, path).ConfigureAwait(false);
    }

    private static async Task<UnixFsNode?> IndexPageAsync(LocalBlocks blocks, UnixFsNode folder, CancellationToken cancellationToken)
    {
        try
        {
            var found = (await UnixFsReader.ResolveAsync(blocks, folder.Cid, "index.html", cancellationToken).ConfigureAwait(false)).Node;
            return found.IsFile ? found : null;
        }
        catch (DagException error) when (error.Problem == DagProblem.NotFound)
        {
            return null;
        }
    }

    private static string NameFor(HttpRequest request, string path, Cid root) =>
        request.Query["filename"] is { Count: > 0 } given && !string.IsNullOrEmpty(given[0]) ? given[0]!
        : path.Trim('/').Length > 0 ? path.TrimEnd('/').Split('/')[^1]
        : root.ToString();

    private static async Task FileAsync(HttpContext context, LocalBlocks blocks, UnixFsNode file, string name)
    {
        if (!file.IsFile)
        {
            throw new DagException(DagProblem.NotAFile, file.Cid, $"{file.Cid} is a {file.Data.Type}, which cannot be shown");
        }

        var length = (long)file.FileBytes;
        var etag = $"\"{file.Cid}\"";
        var headers = context.Response.Headers;
        headers.ETag = etag;
        headers.CacheControl = RawBlockResponse.ForEver;
        headers.AcceptRanges = "bytes";
        headers["X-Ipfs-Path"] = context.Request.Path.ToUriComponent();
        headers["X-Content-Type-Options"] = "nosniff";
        headers.ContentSecurityPolicy = "sandbox"; // strangers' pages share this origin with each other and get no rights in it
        if (Etags.Matches(context.Request, etag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var range = ByteRange.Of(context.Request, length, etag);
        if (range.IsOutside)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            headers.ContentRange = $"bytes */{length}";
            return;
        }

        context.Response.ContentType = Types.TryGetContentType(name, out var type) ? type : await GuessAsync(blocks, file, context.RequestAborted).ConfigureAwait(false);
        var disposition = new ContentDispositionHeaderValue(context.Request.Query["download"] == "true" ? "attachment" : "inline");
        disposition.SetHttpFileName(name);
        headers.ContentDisposition = disposition.ToString();
        if (range.IsPartial)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{length}";
        }

        context.Response.ContentLength = range.Length;
        if (HttpMethods.IsGet(context.Request.Method) && range.Length > 0)
        {
            await UnixFsReader.CopyAsync(blocks, file.Cid, context.Response.Body, range.Offset, range.Length, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Text when the first bytes are printable UTF-8, else bytes. Never HTML: that needs a name that says so.</summary>
    private static async Task<string> GuessAsync(LocalBlocks blocks, UnixFsNode file, CancellationToken cancellationToken)
    {
        const int looked = 512;
        await foreach (var part in UnixFsReader.ReadAsync(blocks, file.Cid, 0, looked, cancellationToken).ConfigureAwait(false))
        {
            return part.Span.IndexOfAnyInRange((byte)0, (byte)8) < 0 && System.Text.Unicode.Utf8.IsValid(part.Span[..Math.Max(0, part.Length - 3)])
                ? "text/plain; charset=utf-8"
                : "application/octet-stream";
        }

        return "text/plain; charset=utf-8";
    }
}
