using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Etdb.Dashboard.Assets;

/// <summary>Answers with an asset: the best encoding that the client takes, a strong ETag for each encoding, 304 where it still holds.</summary>
internal static class AssetWriter
{
    private const string ImmutableCaching = "public, max-age=31536000, immutable";
    private const string RevalidateCaching = "no-cache";

    public static async Task WriteAsync(HttpContext context, Asset asset)
    {
        var (encoding, body) = Choose(context.Request, asset);
        var etag = new EntityTagHeaderValue($"\"{asset.Hash}{(encoding is null ? "" : "-" + encoding)}\"");
        var response = context.Response;
        response.Headers.ETag = etag.ToString();
        response.Headers.CacheControl = asset.Immutable ? ImmutableCaching : RevalidateCaching;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (StillHolds(context.Request, etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = asset.ContentType;
        response.ContentLength = body.Length;
        if (encoding is not null)
        {
            response.Headers.ContentEncoding = encoding;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static (string? Encoding, ReadOnlyMemory<byte> Body) Choose(HttpRequest request, Asset asset)
    {
        var accepted = request.GetTypedHeaders().AcceptEncoding;
        bool Takes(string name) => accepted.Any(value => value.Value.Equals(name, StringComparison.OrdinalIgnoreCase) && value.Quality is null or > 0);
        if (asset.Brotli is { } brotli && Takes("br"))
        {
            return ("br", brotli);
        }

        return asset.Gzip is { } gzip && Takes("gzip") ? ("gzip", gzip) : (null, asset.Plain);
    }

    private static bool StillHolds(HttpRequest request, EntityTagHeaderValue etag)
        => request.GetTypedHeaders().IfNoneMatch.Any(value => value.Equals(EntityTagHeaderValue.Any) || value.Compare(etag, useStrongComparison: false));
}
