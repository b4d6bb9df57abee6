using System.Data.Common;
using Etdb.Storage.Grains;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Orleans.Runtime;

namespace Etdb.Silo.Api;

/// <summary>
/// A silo died, a database does not answer, a grain is being loaded again: nothing was acknowledged, and asking again soon is right. Answered with 503 and
/// <c>Retry-After</c> instead of 500, so that clients know.
/// </summary>
internal sealed class UnavailableHandler : IExceptionHandler
{
    private const string RetryAfterSeconds = "2";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not (OrleansException or TimeoutException or GrainStorageException or DbException or IOException { InnerException: DbException }))
        {
            return false;
        }

        httpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
        await ApiProblems.Unavailable($"The cluster could not do it just now: {exception.Message} Nothing was acknowledged; ask again.").ExecuteAsync(httpContext);
        return true;
    }
}
