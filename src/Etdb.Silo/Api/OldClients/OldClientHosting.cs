using Etdb.Domain.Access;
using Etdb.Ledger.Listing;
using Etdb.Silo.Adapters;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Etdb.Silo.Api.OldClients;

/// <summary>Puts both dialects of old clients into a silo.</summary>
internal static class OldClientHosting
{
    /// <summary>Where the daemon of 2018 was found, and by whom: the browser's address, and Alexandria's.</summary>
    public static readonly string[] BrowserBases = ["/api/v2", "/alexandria/v2"];

    /// <summary>Where oipd of 2019 is found.</summary>
    public const string OipBase = "/oip";

    /// <summary>Where a silo keeps what it needs to find transactions in its ledger index; made anew when it is missing.</summary>
    public const string ListsFile = "ledger-lists.db";

    public static void AddOldClients(this IServiceCollection services, SiloOptions options)
    {
        services.AddSingleton(options.OldClients);
        services.TryAddSingleton(p => new LedgerLists(
            () => p.GetRequiredService<LedgerFeed>().Index,
            () => p.GetRequiredService<LedgerFeed>().NodeHeight,
            () => TransactionList.Open(Path.Combine(options.DataFolder, ListsFile), Path.Combine(options.DataFolder, LedgerFeed.FileName), options.FloNetwork()),
            p.GetRequiredService<TimeProvider>()));
        services.AddResponseCompression(c => c.EnableForHttps = true); // Only what everybody may read passes it, and no secret beside.
    }

    /// <summary>Compression, and pages of other sites when they may read; for these addresses alone.</summary>
    public static void UseOldClients(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<OldClientOptions>();
        if (!options.Enabled)
        {
            return;
        }

        app.UseWhen(context => IsOld(context.Request.Path), branch =>
        {
            branch.UseResponseCompression();
            if (options.AnyOrigin)
            {
                branch.Use(LetOthersReadAsync);
            }
        });
    }

    public static void MapOldClients(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<OldClientOptions>().Enabled)
        {
            return;
        }

        foreach (var path in BrowserBases)
        {
            BrowserEndpoints.Map(app.MapGroup(path));
        }

        var oip = app.MapGroup(OipBase);
        OipRecordEndpoints.Map(oip);
        OipTransactionEndpoints.Map(oip);
        OipFiveEndpoints.Map(oip);
        DaemonEndpoints.Map(oip);
        oip.MapGet("/{**path}", OldAnswers.NotFoundAsync).Needs(Role.Viewer).ExcludeFromDescription();
    }

    private static bool IsOld(PathString path) => path.StartsWithSegments(OipBase, StringComparison.Ordinal) || Array.Exists(BrowserBases, b => path.StartsWithSegments(b, StringComparison.Ordinal));

    /// <summary>CORS for everybody and without credentials (fetch standard, 3.2). A question before a POST is answered here: it asks for nothing.</summary>
    private static Task LetOthersReadAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        if (!HttpMethods.IsOptions(context.Request.Method) || context.Request.Headers.AccessControlRequestMethod.Count == 0)
        {
            return next(context);
        }

        context.Response.Headers.AccessControlAllowMethods = "GET, POST";
        context.Response.Headers.AccessControlAllowHeaders = "Content-Type";
        context.Response.Headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
