using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Etdb.Ipfs.Gateway;

/// <summary><c>If-None-Match</c> (RFC 9110 13.1.2), compared weakly.</summary>
internal static class Etags
{
    public static bool Matches(HttpRequest request, string etag)
    {
        if (!EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags))
        {
            return false;
        }

        var ours = EntityTagHeaderValue.Parse(etag);
        return tags.Any(tag => tag.Tag == "*" || tag.Compare(ours, useStrongComparison: false));
    }
}
