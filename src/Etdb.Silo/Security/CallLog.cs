using Etdb.Grains;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Etdb.Silo.Security;

/// <summary>
/// Who changed what, when, and how it ended: entries of the evidence chain, so that none can be taken out unseen. What was asked is durable before it
/// is done; how it ended follows. Bodies and query strings are never written, as they may hold secrets.
/// </summary>
internal sealed partial class CallLog(Reporter reporter, ILogger<CallLog> logger)
{
    /// <summary>Kind of the entries.</summary>
    public const string Kind = "call";

    private long _sequence;

    /// <summary>Notes the call, makes it, notes how it ended.</summary>
    public async Task AroundAsync(HttpContext context, Caller caller, RequestDelegate next)
    {
        var call = $"{reporter.Now.ToUnixTimeMilliseconds():x}-{Interlocked.Increment(ref _sequence):x}";
        await WriteAsync(context, caller, call, "asked", null);
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            await next(context);
            status = context.Response.StatusCode;
        }
        finally
        {
            await WriteAsync(context, caller, call, status < 400 ? "done" : status < 500 ? "refused" : "failed", status);
        }
    }

    /// <summary>Notes a call that its caller may not make. Strangers' are only logged: else anybody could fill the evidence.</summary>
    public async Task DeniedAsync(HttpContext context, Caller caller, bool changes)
    {
        Denied(logger, caller.Name, context.Request.Method, SecretTexts.Hide(context.Request.Path.Value) ?? "", CallerReader.KeyOf(context.Connection.RemoteIpAddress));
        if (changes && caller.Kind != CallerKind.Anonymous)
        {
            await WriteAsync(context, caller, "", "denied", StatusCodes.Status403Forbidden);
        }
    }

    private ValueTask WriteAsync(HttpContext context, Caller caller, string call, string outcome, int? status) => reporter.ProveAsync(Kind, null, null, outcome, new
    {
        call,
        who = caller.Name,
        how = caller.Kind.ToString().ToLowerInvariant(),
        token = caller.TokenId,
        from = CallerReader.KeyOf(context.Connection.RemoteIpAddress),
        method = context.Request.Method,
        route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText,
        path = SecretTexts.Hide(context.Request.Path.Value),
        status,
    });

    [LoggerMessage(5303, LogLevel.Warning, "{Caller} may not {Method} {Path} (from {Address})")]
    private static partial void Denied(ILogger logger, string caller, string method, string path, string address);
}
