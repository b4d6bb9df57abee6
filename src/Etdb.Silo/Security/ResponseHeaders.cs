using Microsoft.AspNetCore.Http;

namespace Etdb.Silo.Security;

/// <summary>Headers of every answer: no guessing of types, no frames, nothing of ours run by answers of the API, nothing personal cached. Pages and content set stricter or wider ones of their own.</summary>
internal sealed class ResponseHeaders(RequestDelegate next)
{
    private static readonly TimeSpan Transport = TimeSpan.FromDays(365);

    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        // Published content may be shown by other sites; what the API says may not be read by them.
        headers["Cross-Origin-Resource-Policy"] = context.Request.Path.StartsWithSegments("/ipfs", StringComparison.Ordinal) ? "cross-origin" : "same-origin";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = $"max-age={(long)Transport.TotalSeconds}";
        }

        if (context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            headers.CacheControl = "no-store";
        }

        return next(context);
    }
}
