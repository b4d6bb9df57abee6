using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Gateway;

/// <summary>One block as <c>application/vnd.ipld.raw</c>. A block never changes, so it may be cached for ever and its CID is its ETag.</summary>
internal static class RawBlockResponse
{
    public const string ForEver = "public, max-age=29030400, immutable";

    public static async Task WriteAsync(HttpContext context, LocalBlocks blocks, Cid cid)
    {
        var etag = $"\"{cid}.raw\"";
        if (Etags.Matches(context.Request, etag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            context.Response.Headers.ETag = etag;
            return;
        }

        await blocks.UseAsync(cid, data => SendAsync(context, cid, etag, data)).ConfigureAwait(false);
    }

    private static async Task SendAsync(HttpContext context, Cid cid, string etag, ReadOnlyMemory<byte> data)
    {
        var headers = context.Response.Headers;
        headers.ETag = etag;
        headers.CacheControl = ForEver;
        headers["X-Content-Type-Options"] = "nosniff";
        headers["X-Ipfs-Path"] = context.Request.Path.Value;
        headers.ContentDisposition = $"attachment; filename=\"{cid}.bin\"";
        context.Response.ContentType = "application/vnd.ipld.raw";
        context.Response.ContentLength = data.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(data, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
