using System.Buffers;
using System.IO.Pipelines;
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
        foreach (var pin in DirectlyNamed(call, type))
        {
            await pending.AddAsync(pin.Cid, pin.Kind == PinKind.Recursive ? "recursive"u8 : "direct"u8, pin.Name, call.Token).ConfigureAwait(false);
        }

        if (type is "all" or "indirect")
        {
            await foreach (var cid in IndirectAsync(call).ConfigureAwait(false))
            {
                await pending.AddAsync(cid, "indirect"u8, null, call.Token).ConfigureAwait(false);
            }
        }

        if (!stream)
        {
            writer.Write("}}\n"u8);
        }

        await writer.FlushAsync(call.Token).ConfigureAwait(false);
    }

    private static IEnumerable<Pin> DirectlyNamed(RpcCall call, string type) => type switch
    {
        "recursive" => call.Node.Repository.Pins.Snapshot(PinKind.Recursive),
        "direct" => call.Node.Repository.Pins.Snapshot(PinKind.Direct),
        "all" => call.Node.Repository.Pins.Snapshot(null),
        _ => [],
    };

    private static async IAsyncEnumerable<Cid> IndirectAsync(RpcCall call)
    {
        var roots = call.Node.Repository.Pins.Snapshot(null).Select(static pin => pin.Cid.Hash).ToHashSet();
        var seen = new HashSet<BlockKey>();
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

    /// <summary>Writes entries into the connection's buffer and flushes when enough has gathered.</summary>
    private sealed class Pending(PipeWriter writer, bool stream, bool names)
    {
        private bool _first = true;
        private int _unflushed;

        public ValueTask AddAsync(Cid cid, ReadOnlySpan<byte> type, string? name, CancellationToken cancellationToken)
        {
            var before = _unflushed;
            if (stream)
            {
                Put("{\"Cid\":\""u8);
                PutText(cid.ToString());
                Put("\",\"Type\":\""u8);
            }
            else
            {
                Put(_first ? "\""u8 : ",\""u8);
                PutText(cid.ToString());
                Put("\":{\"Type\":\""u8);
            }

            _first = false;
            Put(type);
            Put("\""u8);
            if (names)
            {
                Put(",\"Name\":"u8);
                Put(JsonSerializer.SerializeToUtf8Bytes(name ?? string.Empty));
            }

            Put(stream ? "}\n"u8 : "}"u8);
            return _unflushed > FlushBytes && _unflushed > before ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;
        }

        private async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            _unflushed = 0;
            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        private void Put(ReadOnlySpan<byte> bytes)
        {
            writer.Write(bytes);
            _unflushed += bytes.Length;
        }

        private void PutText(string ascii)
        {
            var span = writer.GetSpan(ascii.Length);
            var written = System.Text.Encoding.ASCII.GetBytes(ascii, span);
            writer.Advance(written);
            _unflushed += written;
        }
    }
}
