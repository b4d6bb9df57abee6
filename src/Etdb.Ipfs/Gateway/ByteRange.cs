using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Etdb.Ipfs.Gateway;

/// <summary>
/// The one range of a request (RFC 9110 14.2). Several ranges, or an <c>If-Range</c> that does not match, mean the whole: the RFC lets a server ignore them.
/// </summary>
internal readonly record struct ByteRange(long Offset, long Length, bool IsPartial, bool IsOutside)
{
    public static ByteRange Of(HttpRequest request, long length, string etag)
    {
        var whole = new ByteRange(0, length, IsPartial: false, IsOutside: false);
        if (!RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var header) || header.Unit != "bytes" || header.Ranges.Count != 1)
        {
            return whole;
        }

        if (request.Headers.IfRange.Count > 0 && request.Headers.IfRange.ToString() != etag)
        {
            return whole;
        }

        var range = header.Ranges.First();
        var from = range.From ?? Math.Max(0, length - (range.To ?? 0));
        var to = range.From is null ? length - 1 : Math.Min(range.To ?? (length - 1), length - 1);
        return from > to ? new ByteRange(0, 0, IsPartial: false, IsOutside: true) : new ByteRange(from, to - from + 1, IsPartial: true, IsOutside: false);
    }
}
