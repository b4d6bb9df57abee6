using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>block/{get,put,stat,rm}</c>.</summary>
internal static class BlockCalls
{
    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("block/get", GetAsync),
        new("block/put", PutAsync),
        new("block/stat", StatAsync),
        new("block/rm", RemoveAsync),
    ];

    private static async Task GetAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var cid = await call.ResolveAsync(call.Argument(0), blocks).ConfigureAwait(false);
        var block = ReferenceEquals(blocks, call.Node.Local) ? call.Node.Local.Load(cid) : await BlockLoader.LoadAsync(blocks, cid, call.Token).ConfigureAwait(false);
        call.Http.Response.ContentType = "application/octet-stream";
        call.Http.Response.ContentLength = block.Data.Length;
        call.Http.Response.Headers["X-Stream-Output"] = "1";
        await call.Http.Response.Body.WriteAsync(block.Data, call.Token).ConfigureAwait(false);
    }

    private static async Task StatAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var cid = await call.ResolveAsync(call.Argument(0), blocks).ConfigureAwait(false);
        var block = await BlockLoader.LoadAsync(blocks, cid, call.Token).ConfigureAwait(false);
        await call.WriteAsync(new { Key = cid.ToString(), Size = block.Data.Length }).ConfigureAwait(false);
    }

    private static async Task PutAsync(RpcCall call)
    {
        var codec = CodecOf(call);
        if (call.Text("mhtype") is { } hash && hash != "sha2-256")
        {
            throw RpcException.BadArgument($"mhtype {hash} is not supported here, sha2-256 is");
        }

        if (call.Text("mhlen") is not (null or "-1" or "32"))
        {
            throw RpcException.BadArgument("mhlen must be 32 for sha2-256");
        }

        using var lease = call.Node.Repository.Blocks.Lease();
        await foreach (var file in call.FilesAsync().ConfigureAwait(false))
        {
            using var guard = new StallGuard(call.Node.Options.StallLimit, call.Node.Options.Time, call.Token);
            var data = await BoundedRead.AllAsync(file.Body, null, BlockLimits.MaxReadBytes, guard).ConfigureAwait(false)
                ?? throw RpcException.BadArgument($"a block has at most {BlockLimits.MaxReadBytes} bytes");
            var v0 = codec is null && call.Text("format") is null or "v0";
            var cid = Cid.Of(data, codec ?? Multicodec.DagPb, v0 ? 0 : 1);
            await PutOneAsync(call, cid, data).ConfigureAwait(false);
            if (call.Flag("pin", false))
            {
                call.Node.Repository.Pins.Add([new Pin(cid, PinKind.Recursive, null)]);
            }

            await call.WriteLineAsync(new { Key = cid.ToString(), Size = data.Length }).ConfigureAwait(false);
        }
    }

    public static async Task PutOneAsync(RpcCall call, Cid cid, ReadOnlyMemory<byte> data)
    {
        BlockKeys.TryFrom(cid, out var key);
        var outcome = await call.Node.Repository.Blocks.PutVerifiedAsync(key, data, call.Token).ConfigureAwait(false);
        if (outcome is PutOutcome.NoRoom)
        {
            throw new RpcException("no space left on device: the capacity or the reserve of this node is reached");
        }

        if (outcome is not PutOutcome.Stored and not PutOutcome.Present)
        {
            throw new RpcException($"block {cid} was not stored: {outcome}");
        }
    }

    /// <summary>Null when nothing was said: then the answer is a version 0 CID, as js-ipfs gives and old Kubo gave.</summary>
    private static ulong? CodecOf(RpcCall call) => (call.Text("cid-codec") ?? call.Text("format")) switch
    {
        null => Multicodec.Raw, // Kubo's default since 0.12
        "raw" => Multicodec.Raw,
        "dag-pb" or "protobuf" => Multicodec.DagPb,
        "v0" => null,
        "dag-cbor" or "cbor" => Multicodec.DagCbor,
        var other => throw RpcException.BadArgument($"codec {other} is not supported here: raw, dag-pb and dag-cbor are"),
    };

    private static async Task RemoveAsync(RpcCall call)
    {
        var force = call.Flag("force", false);
        var quiet = call.Flag("quiet", false);
        foreach (var text in call.Arguments)
        {
            var cid = RpcCall.ParseCid(text);
            var error = await TryRemoveAsync(call, cid, force).ConfigureAwait(false);
            if (!quiet || error is not null)
            {
                await call.WriteLineAsync(error is null ? (object)new { Hash = cid.ToString() } : new { Hash = cid.ToString(), Error = error }).ConfigureAwait(false);
            }
        }
    }

    private static async Task<string?> TryRemoveAsync(RpcCall call, Cid cid, bool force)
    {
        if (!BlockKeys.TryFrom(cid, out var key) || (!call.Node.Repository.Blocks.Contains(key) && !call.Node.Repository.Blocks.IsQuarantined(key)))
        {
            return force ? null : $"ipld: could not find {cid}";
        }

        if (await PinReach.FindHolderAsync(call.Node, cid, call.Token).ConfigureAwait(false) is { } holder)
        {
            return $"pinned: {holder}";
        }

        call.Node.Repository.Blocks.Remove(key);
        return null;
    }
}
