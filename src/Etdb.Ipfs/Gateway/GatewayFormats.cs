using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Etdb.Ipfs.Gateway;

/// <summary>What a caller of the gateway wants.</summary>
internal enum GatewayFormat
{
    /// <summary>The bytes of a file, or a page for a directory.</summary>
    Bytes = 0,

    /// <summary>One block.</summary>
    Raw = 1,

    /// <summary>A CAR of several blocks.</summary>
    Car = 2,

    /// <summary>Something this gateway has not.</summary>
    Unsupported = 3,
}

/// <summary>The query's <c>format</c> goes before the <c>Accept</c> header, as the gateway specification says.</summary>
internal static class GatewayFormats
{
    public static GatewayFormat Of(HttpRequest request)
    {
        if (request.Query.TryGetValue("format", out var values) && values.Count > 0)
        {
            return values[0] switch { "raw" => GatewayFormat.Raw, "car" => GatewayFormat.Car, _ => GatewayFormat.Unsupported };
        }

        var accepted = request.Headers.Accept;
        if (accepted.Count == 0 || !MediaTypeHeaderValue.TryParseList(accepted, out var types))
        {
            return GatewayFormat.Bytes;
        }

        foreach (var type in types.OrderByDescending(static type => type.Quality ?? 1))
        {
            switch (type.MediaType.Value)
            {
                case "application/vnd.ipld.raw":
                    return GatewayFormat.Raw;
                case "application/vnd.ipld.car":
                    return GatewayFormat.Car;
                case { } other when other.StartsWith("application/vnd.ipld.", StringComparison.Ordinal) || other == "application/vnd.ipfs.ipns-record":
                    return GatewayFormat.Unsupported;
                default:
                    break;
            }
        }

        return GatewayFormat.Bytes;
    }
}
