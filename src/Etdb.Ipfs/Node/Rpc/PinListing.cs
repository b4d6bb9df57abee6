using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>
/// <c>pin/ls</c>. With a type it reads the index only; a listing of a million pins is written straight into the connection's buffers. Without one
/// (<c>all</c>) it also names what is kept indirectly, which walks every pinned DAG: as in Kubo, and as slow.
/// </summary>
internal static class PinListing
{
    private const int FlushBytes = 64 << 10;

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
        var writer = call.Http.Response.BodyWriter;
        if (!stream)
        {
            writer.Write("{\"Keys\":{"u8);
        }

        var pending = new Pending(writer, stream, call.Flag("names", false));
        foreach (var (key, kind, version, name) in DirectlyNamed(call, type))
        {
            if (pending.Add(key, version, kind == PinKind.Recursive ? "recursive"u8 : "direct"u8, name))
            {
                await writer.FlushAsync(call.Token).ConfigureAwait(false);
            }
        }

        if (type is "all" or "indirect")
        {
            await foreach (var cid in IndirectAsync(call).ConfigureAwait(false))
            {
                PinKey.TryFrom(cid, out var key);
                if (pending.Add(key, cid.Version, "indirect"u8, null))
                {
                    await writer.FlushAsync(call.Token).ConfigureAwait(false);
                }
            }
        }

        if (!stream)
        {
            writer.Write("}}\n"u8);
        }

        await writer.FlushAsync(call.Token).ConfigureAwait(false);
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

    /// <summary>Writes entries into the connection's buffer; says when enough has gathered to be sent.</summary>
    private sealed class Pending(PipeWriter writer, bool stream, bool names)
    {
        private const int LineBytes = 128; // more than the longest line with a usual CID and no name
        private bool _first = true;
        private int _unflushed;

        public bool Add(in PinKey key, int version, ReadOnlySpan<byte> type, string? name)
        {
            var line = writer.GetSpan(LineBytes);
            var at = Copy(stream ? "{\"Cid\":\""u8 : _first ? "\""u8 : ",\""u8, line, 0);
            if (PinText.TryWrite(key, version, line[at..]))
            {
                at += PinText.Length;
            }
            else
            {
                writer.Advance(at);
                _unflushed += at;
                var text = Encoding.ASCII.GetBytes(key.ToCid(version).ToString());
                writer.Write(text);
                _unflushed += text.Length;
                line = writer.GetSpan(LineBytes);
                at = 0;
            }

            _first = false;
            at = Copy(stream ? "\",\"Type\":\""u8 : "\":{\"Type\":\""u8, line, at);
            at = Copy(type, line, at);
            at = Copy("\""u8, line, at);
            if (!names)
            {
                at = Copy(stream ? "}\n"u8 : "}"u8, line, at);
            }

            writer.Advance(at);
            _unflushed += at;
            if (names)
            {
                writer.Write(",\"Name\":"u8);
                writer.Write(JsonSerializer.SerializeToUtf8Bytes(name ?? string.Empty));
                writer.Write(stream ? "}\n"u8 : "}"u8);
                _unflushed += LineBytes;
            }

            var send = _unflushed > FlushBytes;
            _unflushed = send ? 0 : _unflushed;
            return send;
        }

        private static int Copy(ReadOnlySpan<byte> from, Span<byte> to, int at)
        {
            from.CopyTo(to[at..]);
            return at + from.Length;
        }
    }
}
