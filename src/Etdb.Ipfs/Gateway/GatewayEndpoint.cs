using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.Node.Store;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Gateway;

/// <summary>
/// <c>GET|HEAD /ipfs/{cid}[/path]</c> (specs.ipfs.tech/http-gateways): single blocks, CARs, files with ranges and pages for folders. It serves
/// what is on this disk and never fetches for a stranger.
/// </summary>
internal sealed class GatewayEndpoint(EmbeddedNode node)
{
    private const string Prefix = "/ipfs/";

    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return;
        }

        var path = request.Path.Value ?? string.Empty;
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            await PlainAsync(context, StatusCodes.Status404NotFound, "404 page not found").ConfigureAwait(false);
            return;
        }

        var rest = path[Prefix.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var name = slash < 0 ? rest : rest[..slash];
        if (!Cid.TryParse(name, out var cid, out var problem))
        {
            await PlainAsync(context, StatusCodes.Status400BadRequest, $"invalid CID '{name}': {problem}").ConfigureAwait(false);
            return;
        }

        try
        {
            await ServeAsync(context, cid, slash < 0 ? string.Empty : rest[(slash + 1)..]).ConfigureAwait(false);
        }
        catch (DagException error) when (!context.Response.HasStarted)
        {
            var status = error.Problem == DagProblem.Missing && OnlyIfCached(context.Request) ? StatusCodes.Status412PreconditionFailed : StatusOf(error.Problem);
            await PlainAsync(context, status, error.Message).ConfigureAwait(false);
        }
        catch (FormatException error) when (!context.Response.HasStarted)
        {
            await PlainAsync(context, StatusCodes.Status400BadRequest, error.Message).ConfigureAwait(false);
        }
        catch (BlockStoreException error) when (!context.Response.HasStarted)
        {
            await PlainAsync(context, StatusCodes.Status500InternalServerError, error.Message).ConfigureAwait(false);
        }
        catch (Exception error) when (error is DagException or BlockStoreException)
        {
            context.Abort(); // a body that ends early must not look whole
        }
    }

    private static bool OnlyIfCached(HttpRequest request) => request.Headers.CacheControl.ToString().Contains("only-if-cached", StringComparison.OrdinalIgnoreCase);

    private static int StatusOf(DagProblem problem) => problem switch
    {
        DagProblem.Missing or DagProblem.NotFound or DagProblem.NotADirectory => StatusCodes.Status404NotFound,
        DagProblem.UnsupportedHash or DagProblem.UnsupportedCodec or DagProblem.NotAFile => StatusCodes.Status501NotImplemented,
        _ => StatusCodes.Status500InternalServerError,
    };

    private async Task ServeAsync(HttpContext context, Cid cid, string path)
    {
        switch (GatewayFormats.Of(context.Request))
        {
            case GatewayFormat.Raw:
                var target = path.Trim('/').Length == 0 ? cid : (await UnixFsReader.ResolveAsync(node.Local, cid, path, context.RequestAborted).ConfigureAwait(false)).Node.Cid;
                await RawBlockResponse.WriteAsync(context, node.Local, target).ConfigureAwait(false);
                return;
            case GatewayFormat.Car:
                await CarResponse.WriteAsync(context, node.Local, cid, path, node.Options.Limits).ConfigureAwait(false);
                return;
            case GatewayFormat.Bytes:
                await ContentResponse.WriteAsync(context, node.Local, cid, path).ConfigureAwait(false);
                return;
            default:
                await PlainAsync(context, StatusCodes.Status406NotAcceptable, "this gateway serves files, format=raw and format=car").ConfigureAwait(false);
                return;
        }
    }

    internal static async Task PlainAsync(HttpContext context, int status, string text)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(text.ReplaceLineEndings(" ") + "\n", context.RequestAborted).ConfigureAwait(false);
    }
}
