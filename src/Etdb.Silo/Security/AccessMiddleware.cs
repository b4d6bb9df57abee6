using Etdb.Domain.Access;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Silo.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Etdb.Silo.Security;

/// <summary>
/// The one door: who calls, may it, how often, and (for what changes something) a note of it before and after. Everything that is not
/// expressly allowed is refused.
/// </summary>
internal sealed partial class AccessMiddleware(
    RequestDelegate next, CallerReader callers, CallLimits limits, CallLog log, AccessOptions options, TopologyCache topology, IGrainFactory grains, TimeProvider time, ILogger<AccessMiddleware> logger)
{
    private const int FailedAgain = 60;
    private const int LiveAgain = 30;
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);

    public async Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        // What is no route is the framework's own answer to a wrong method or media type, and does nothing.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(context);
            return;
        }

        var address = context.Connection.RemoteIpAddress;
        var (caller, refusal) = await callers.ReadAsync(context);
        if (caller is null)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        caller.Keep(context);
        if (endpoint.Metadata.GetMetadata<AccessRule>() is not { } rule)
        {
            RuleMissing(logger, endpoint.DisplayName ?? context.Request.Path);
            await Forbidden("This endpoint has no rule who may call it, so nobody may; that is a mistake of the software.").ExecuteAsync(context);
            return;
        }

        var changes = !rule.OnlyReads && !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method));
        if (!rule.Unlimited && limits.Refuse(caller, rule.SignIn ? CallSort.SignIn : changes ? CallSort.Change : CallSort.Read, address) is { } seconds)
        {
            await TooMany(context, "More calls came than one caller may make", seconds).ExecuteAsync(context);
            return;
        }

        using var place = rule.Unlimited ? null : limits.Enter(caller, rule.Live);
        if (place is null && !rule.Unlimited)
        {
            await (rule.Live ? TooMany(context, "One caller may not read along more often at once", LiveAgain) : TooMany(context, "One caller may not have more calls answered at once", 1)).ExecuteAsync(context);
            return;
        }

        if (rule.Role is { } role && !AccessRules.Allows(caller.Grants, role, await OwnerAsync(context, rule.Owner)))
        {
            await log.DeniedAsync(context, caller, changes);
            await Denied(context, caller, role, rule.Owner).ExecuteAsync(context);
            return;
        }

        if (changes)
        {
            await log.AroundAsync(context, caller, next);
        }
        else
        {
            await next(context);
        }
    }

    /// <summary>Says what is wrong with a credential, until the address has shown too many wrong ones; then neither looks nor writes a line for each.</summary>
    private Task RefuseAsync(HttpContext context, string? refusal)
    {
        var address = context.Connection.RemoteIpAddress;
        if (!limits.MayFail(address) || refusal is null)
        {
            return TooMany(context, "Too many wrong credentials came from this address", FailedAgain).ExecuteAsync(context);
        }

        CredentialRefused(logger, CallerReader.KeyOf(address), refusal);
        return Unauthorized(context, refusal).ExecuteAsync(context);
    }

    private async Task<string?> OwnerAsync(HttpContext context, Owner owner)
    {
        var id = context.GetRouteValue(owner == Owner.Publisher ? "address" : "id") as string;
        return owner switch
        {
            Owner.None => null,
            Owner.NodesMember => id is null ? null : (await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, context.RequestAborted)).Find(new NodeId(id))?.View.Member.Value,
            _ => id,
        };
    }

    private ProblemHttpResult Denied(HttpContext context, Caller caller, Role role, Owner owner)
    {
        var needed = $"{Grant.Words[(int)role]}{(owner == Owner.None ? "" : " of it")}";
        if (caller.Kind != CallerKind.Anonymous)
        {
            return Forbidden($"It takes the role {needed}; {caller.Name} has {string.Join(", ", caller.Grants)}. Ask an admin for a token with that role.");
        }

        return options.NeedsTokens
            ? Unauthorized(context, $"It takes the role {needed}. Send a token: 'Authorization: Bearer etdb_…', or --token-file, or 'etdb login'.")
            : Forbidden($"It takes the role {needed}, which here is given to calls from this machine only (by its loopback address, from no other site): run the etdb command there, or send a token.");
    }

    private static ProblemHttpResult Unauthorized(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status401Unauthorized, title: "Who are you?", type: "urn:etdb:problem:unauthorized");
    }

    private static ProblemHttpResult Forbidden(string detail) => ApiProblems.Forbidden(detail);

    private static ProblemHttpResult TooMany(HttpContext context, string what, int seconds)
    {
        context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return TypedResults.Problem($"{what}; go on in {seconds} s.", statusCode: StatusCodes.Status429TooManyRequests, title: "Too many calls.", type: "urn:etdb:problem:too-many");
    }

    [LoggerMessage(5301, LogLevel.Warning, "A credential from {Address} was refused: {Why}")]
    private static partial void CredentialRefused(ILogger logger, string address, string why);

    [LoggerMessage(5302, LogLevel.Error, "Endpoint {Endpoint} has no rule who may call it; it is answered to nobody.")]
    private static partial void RuleMissing(ILogger logger, string endpoint);
}
