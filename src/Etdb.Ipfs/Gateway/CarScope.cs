using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Gateway;

/// <summary>How much of a DAG a CAR is to hold: <c>dag-scope</c> of the trustless gateway specification.</summary>
internal enum DagScope
{
    /// <summary>Everything below the end of the path.</summary>
    All = 0,

    /// <summary>What is needed to read the file, or to list the directory, at the end of the path.</summary>
    Entity = 1,

    /// <summary>The block at the end of the path.</summary>
    Block = 2,
}

/// <summary>What is asked of a CAR: scope, and a range of the file's bytes (<c>entity-bytes=from:to</c>, both inclusive, negative from the end, <c>*</c> the end).</summary>
internal sealed record CarScope(DagScope Scope, long From, long? To)
{
    /// <exception cref="FormatException">The request asks for something that is not in the specification.</exception>
    public static CarScope Of(HttpRequest request)
    {
        if (request.Query["car-version"] is { Count: > 0 } version && version[0] != "1")
        {
            throw new FormatException($"car-version {version[0]} is not supported, 1 is");
        }

        var scope = request.Query["dag-scope"] is { Count: > 0 } values
            ? values[0] switch
            {
                "all" => DagScope.All,
                "entity" => DagScope.Entity,
                "block" => DagScope.Block,
                var other => throw new FormatException($"dag-scope '{other}' is not known: block, entity and all are"),
            }
            : DagScope.All;
        if (request.Query["entity-bytes"] is not { Count: > 0 } bytes)
        {
            return new CarScope(scope, 0, null);
        }

        var parts = (bytes[0] ?? string.Empty).Split(':');
        long? to = null;
        if (parts.Length != 2 || !Number(parts[0], out var from) || (parts[1] != "*" && !Number(parts[1], out to)))
        {
            throw new FormatException($"entity-bytes '{bytes[0]}' is not from:to");
        }

        return new CarScope(DagScope.Entity, from!.Value, to);
    }

    /// <summary>The range within a file of <paramref name="length"/> bytes; empty when it lies outside.</summary>
    public (long Offset, long Length) Within(long length)
    {
        var from = Math.Clamp(From < 0 ? length + From : From, 0, length);
        var last = To is { } to ? (to < 0 ? length + to : Math.Min(to, length - 1)) : length - 1;
        return (from, Math.Max(0, last - from + 1));
    }

    private static bool Number(string text, out long? number)
    {
        var good = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed);
        number = parsed;
        return good;
    }
}
