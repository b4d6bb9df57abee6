using System.Net;
using System.Text;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Gateway;

/// <summary>A page that lists a folder. Names are other people's text: they are escaped in the page and in the links. No script, nothing from elsewhere.</summary>
internal static class DirectoryPage
{
    /// <summary>Most names on a page; the rest is counted.</summary>
    public const int MaxNames = 10_000;

    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{width:100%;border-collapse:collapse}"
        + "th,td{text-align:left;padding:.3rem .5rem;border-bottom:1px solid #8884}td.n{text-align:right;white-space:nowrap}code{font-size:.8em;opacity:.7;word-break:break-all}"
        + "@media(prefers-color-scheme:dark){body{background:#16181d;color:#e6e6e6}a{color:#8ab4f8}}";

    public static async Task WriteAsync(HttpContext context, LocalBlocks blocks, UnixFsNode folder, Cid root, string path)
    {
        var etag = $"W/\"DirIndex-1_CID-{folder.Cid}\"";
        var headers = context.Response.Headers;
        headers.ETag = etag;
        headers.CacheControl = "public, max-age=604800, stale-while-revalidate=2678400"; // the page may change with the program, the folder never
        headers["X-Content-Type-Options"] = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        context.Response.ContentType = "text/html; charset=utf-8";
        if (Etags.Matches(context.Request, etag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var page = new StringBuilder();
        var title = WebUtility.HtmlEncode($"/ipfs/{root}/{path}");
        page.Append($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{Style}</style></head>");
        page.Append($"<body><h1>Folder</h1><p><code>{title}</code></p><table><thead><tr><th>Name</th><th>CID</th><th>Bytes with structure</th></tr></thead><tbody>");
        if (path.Trim('/').Length > 0)
        {
            page.Append("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>");
        }

        var count = 0L;
        await foreach (var entry in UnixFsReader.ListAsync(blocks, folder.Cid, context.RequestAborted).ConfigureAwait(false))
        {
            if (++count <= MaxNames)
            {
                page.Append($"<tr><td><a href=\"./{Uri.EscapeDataString(entry.Name)}\">{WebUtility.HtmlEncode(entry.Name)}</a></td><td><code>{entry.Cid}</code></td><td class=\"n\">{entry.TotalBytes}</td></tr>");
            }
        }

        page.Append("</tbody></table>");
        page.Append(count > MaxNames ? $"<p>{count} names, the first {MaxNames} are shown.</p></body></html>" : $"<p>{count} names.</p></body></html>");
        await context.Response.WriteAsync(page.ToString(), context.RequestAborted).ConfigureAwait(false);
    }
}
