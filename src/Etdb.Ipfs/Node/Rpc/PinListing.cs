using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Pins;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>
/// <c>pin/ls</c>. With a type it reads the index only; a listing of a million pins is written as bytes, line by line. Without one
/// (<c>all</c>) it also names what is kept indirectly, which walks every pinned DAG: as in Kubo, and as slow.
/// </summary>
internal static class PinListing
{
    private static readonly byte[] Opening = "{\"Keys\":{"u8.ToArray();
    private static readonly byte[] Closing = "}}\n"u8.ToArray();

    public static async Task ListAsync(RpcCall call)
    {
        call.Node.Repository.Check();
        var type = call.Text("type") ?? "all";
        if (type is not ("all" or "recursive" or "direct" or "indirect"))
        {
            throw RpcException.BadArgument($"invalid type '{type}', must be one of {{direct, indirect, recursive, all}}");
        }

        if (call.Arguments.Count > 0)
        {
            await ListNamedAsync(call, type).ConfigureAwait(false);
            return;
        }

        var stream = call.Flag("stream", false);
        call.BeginStream("application/json");
        if (!stream)
        {
            await call.Http.Response.BodyWriter.WriteAsync(Opening, call.Token).ConfigureAwait(false);
        }

        using var lines = new PinLines(stream, call.Flag("names", false));
        foreach (var (key, kind, version, name) in DirectlyNamed(call, type))
        {
            if (lines.Add(key, version, kind == PinKind.Recursive ? "recursive"u8 : "direct"u8, name))
            {
                await SendAsync(call, lines).ConfigureAwait(false);
            }
        }

        if (type is "all" or "indirect")
        {
            await foreach (var cid in IndirectAsync(call).ConfigureAwait(false))
            {
                PinKey.TryFrom(cid, out var key);
                if (lines.Add(key, cid.Version, "indirect"u8, null))
                {
                    await SendAsync(call, lines).ConfigureAwait(false);
                }
            }
        }

        await SendAsync(call, lines).ConfigureAwait(false);
        if (!stream)
        {
            await call.Http.Response.BodyWriter.WriteAsync(Closing, call.Token).ConfigureAwait(false);
        }
    }

    private static async Task SendAsync(RpcCall call, PinLines lines)
    {
        await call.Http.Response.BodyWriter.WriteAsync(lines.Pending, call.Token).ConfigureAwait(false);
        lines.Sent();
    }

    private static IEnumerable<(PinKey Key, PinKind Kind, byte Version, string? Name)> DirectlyNamed(RpcCall call, string type) => type switch
    {
        "recursive" => call.Node.Repository.Pins.Entries(PinKind.Recursive),
        "direct" => call.Node.Repository.Pins.Entries(PinKind.Direct),
        "all" => call.Node.Repository.Pins.Entries(null),
        _ => [],
    };

    private static async IAsyncEnumerable<Cid> IndirectAsync(RpcCall call)
    {
        var roots = call.Node.Repository.Pins.Snapshot(null).Select(static pin => pin.Cid.Hash).ToHashSet();
        var seen = new HashSet<PinKey>();
        foreach (var pin in call.Node.Repository.Pins.Snapshot(PinKind.Recursive))
        {
            await foreach (var (cid, problem) in PinReach.BelowAsync(call.Node, pin.Cid, seen, call.Token).ConfigureAwait(false))
            {
                if (problem is not null)
                {
                    throw new RpcException($"cannot walk the pin {pin.Cid}: {problem}");
                }

                if (!roots.Contains(cid.Hash))
                {
                    yield return cid;
                }
            }
        }
    }

    private static async Task ListNamedAsync(RpcCall call, string type)
    {
        var keys = new Dictionary<string, NamedPin>(StringComparer.Ordinal);
        foreach (var text in call.Arguments)
        {
            var cid = await call.ResolveAsync(text, call.Node.Local).ConfigureAwait(false);
            var found = call.Node.Repository.Pins.Find(cid) is { } pin && (type == "all" || type == Name(pin.Kind)) ? Name(pin.Kind) : null;
            if (found is null && type is "all" or "indirect" && await PinReach.FindHolderAsync(call.Node, cid, call.Token).ConfigureAwait(false) is { } holder
                && holder.StartsWith("indirect", StringComparison.Ordinal))
            {
                found = holder;
            }

            keys[cid.ToString()] = new NamedPin(
                found ?? throw new RpcException($"path '{text}' is not pinned"),
                call.Node.Repository.Pins.Find(cid)?.Name ?? string.Empty);
        }

        if (!call.Flag("stream", false))
        {
            await call.WriteAsync(new { Keys = keys }).ConfigureAwait(false);
            return;
        }

        foreach (var (cid, value) in keys)
        {
            await call.WriteLineAsync(new { Cid = cid, value.Type }).ConfigureAwait(false);
        }
    }

    private static string Name(PinKind kind) => kind == PinKind.Recursive ? "recursive" : "direct";

    private sealed record NamedPin(string Type, string Name);
}
