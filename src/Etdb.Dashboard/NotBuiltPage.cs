using Microsoft.AspNetCore.Http;

namespace Etdb.Dashboard;

/// <summary>What is shown where the front-end was left out of the build: what to run, and where the same figures are.</summary>
internal static class NotBuiltPage
{
    private const string Html = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Dashboard not built</title></head>
        <body><main>
        <h1>The dashboard's pages are not in this build</h1>
        <p>The server runs; only its web pages were left out (<code>-p:SkipClientApp=true</code>). To build them, with Node 20 or newer, run at the root of the repository:</p>
        <pre>dotnet build src/Etdb.Cli -c Release</pre>
        <p>and start the server again. Until then: <a href="/api/v1/health">health</a>, <a href="/api/v1/datasets">datasets</a>,
        <a href="/api/v1/nodes">nodes</a>, <a href="/metrics">metrics</a>, or <code>etdb status</code>.</p>
        </main></body></html>
        """;

    public static async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(Html, context.RequestAborted);
    }
}
