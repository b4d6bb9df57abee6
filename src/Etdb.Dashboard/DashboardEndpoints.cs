using Etdb.Dashboard.Assets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Etdb.Dashboard;

/// <summary>
/// Serves the built front-end beside the API it reads. Only the front-end's own routes answer with the page; every other
/// path stays free for the host and its 404.
/// </summary>
public static class DashboardEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>The front-end's routes, the same list as in ClientApp/src/App.tsx.</summary>
    private static readonly string[] PageRoutes =
        ["/", "/datasets", "/datasets/{id}", "/members", "/nodes", "/repairs", "/incidents", "/demo", "/signin"];

    /// <summary>True when the pages are part of this build; otherwise their routes answer 503 and say what to run.</summary>
    public static bool IsBuilt => Embedded.Value.IsBuilt;

    private static Lazy<AssetCatalog> Embedded { get; } = new(() => AssetCatalog.Load(typeof(DashboardEndpoints).Assembly));

    /// <summary>Adds the pages and their files. Call it once, anywhere among the other endpoints.</summary>
    public static IEndpointRouteBuilder MapEtdbDashboard(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        Map(endpoints, Embedded.Value);
        return endpoints;
    }

    /// <summary>The same as <see cref="MapEtdbDashboard"/> for an application that maps nothing else by hand.</summary>
    public static WebApplication UseEtdbDashboard(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapEtdbDashboard();
        return app;
    }

    internal static void Map(IEndpointRouteBuilder endpoints, AssetCatalog assets)
    {
        foreach (var route in PageRoutes)
        {
            Add(endpoints, route, context => ServePageAsync(context, assets));
        }

        foreach (var path in assets.Paths)
        {
            Add(endpoints, path, context => ServeFileAsync(context, assets));
        }
    }

    private static void Add(IEndpointRouteBuilder endpoints, string route, RequestDelegate handler)
        => endpoints.MapMethods(route, Methods, handler).WithDisplayName($"Dashboard {route}").ExcludeFromDescription();

    private static Task ServePageAsync(HttpContext context, AssetCatalog assets)
    {
        SecurityHeaders.Set(context.Response);
        return assets.TryGet(AssetCatalog.PagePath, out var page) ? AssetWriter.WriteAsync(context, page) : NotBuiltPage.WriteAsync(context);
    }

    private static Task ServeFileAsync(HttpContext context, AssetCatalog assets)
    {
        SecurityHeaders.Set(context.Response);
        if (assets.TryGet(context.Request.Path.Value ?? "", out var asset))
        {
            return AssetWriter.WriteAsync(context, asset);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
