using Etdb.Ipfs.Car;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node.Pins;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>dag/{get,put,stat,export,import}</c>.</summary>
internal static class DagCalls
{
    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("dag/get", GetAsync),
        new("dag/put", PutAsync),
        new("dag/stat", StatAsync),
        new("dag/export", ExportAsync),
        new("dag/import", ImportAsync),
    ];

    /// <summary>A link as dag-json has it.</summary>
    public static Dictionary<string, string> Link(Cid cid) => new(StringComparer.Ordinal) { ["/"] = cid.ToString() };

    private static object Bytes(ReadOnlySpan<byte> bytes) =>
        new Dictionary<string, object>(StringComparer.Ordinal) { ["/"] = new Dictionary<string, string>(StringComparer.Ordinal) { ["bytes"] = Convert.ToBase64String(bytes).TrimEnd('=') } };

    private static async Task GetAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var cid = await call.ResolveAsync(call.Argument(0), blocks).ConfigureAwait(false);
        var block = await BlockLoader.LoadAsync(blocks, cid, call.Token).ConfigureAwait(false);
        var codec = call.Text("output-codec") ?? "dag-json";
        if (codec == Multicodec.NameOf(cid.Codec))
        {
            call.Http.Response.ContentType = "application/octet-stream";
            await call.Http.Response.Body.WriteAsync(block.Data, call.Token).ConfigureAwait(false);
            return;
        }

        if (codec != "dag-json" || cid.Codec is not (Multicodec.DagPb or Multicodec.Raw))
        {
            throw RpcException.BadArgument($"a {Multicodec.NameOf(cid.Codec)} block cannot be given as {codec} by this node; its own codec can");
        }

        if (cid.Codec == Multicodec.Raw)
        {
            await call.WriteAsync(Bytes(block.Data.Span)).ConfigureAwait(false);
            return;
        }

        var node = DagPbNode.Decode(block.Data);
        var links = node.Links.Select(static link => new { Hash = Link(link.Cid), link.Name, Tsize = link.TotalBytes ?? 0 });
        await call.WriteAsync(node.Data is { } data ? (object)new { Data = Bytes(data.Span), Links = links } : new { Links = links }).ConfigureAwait(false);
    }

    /// <summary>Takes a block in its own codec; no conversion is made.</summary>
    private static async Task PutAsync(RpcCall call)
    {
        var store = call.Text("store-codec") ?? "dag-cbor";
        if (call.Text("input-codec") is not { } input || input != store)
        {
            throw RpcException.BadArgument("this node converts nothing: give input-codec and store-codec alike (dag-pb, dag-cbor or raw)");
        }

        var codec = store switch
        {
            "dag-pb" => Multicodec.DagPb,
            "dag-cbor" => Multicodec.DagCbor,
            "raw" => Multicodec.Raw,
            _ => throw RpcException.BadArgument($"codec {store} is not supported by this node"),
        };
        using var lease = call.Node.Repository.Blocks.Lease();
        await foreach (var file in call.FilesAsync().ConfigureAwait(false))
        {
            using var guard = new StallGuard(call.Node.Options.StallLimit, call.Node.Options.Time, call.Token);
            var data = await BoundedRead.AllAsync(file.Body, null, BlockLimits.MaxReadBytes, guard).ConfigureAwait(false)
                ?? throw RpcException.BadArgument($"a block has at most {BlockLimits.MaxReadBytes} bytes");
            var block = Block.Of(data, codec, 1);
            if (BlockLinks.Read(block, []) is { } problem)
            {
                throw RpcException.BadArgument(BlockLoader.Describe(problem, block.Cid));
            }

            await BlockCalls.PutOneAsync(call, block.Cid, data).ConfigureAwait(false);
            if (call.Flag("pin", false))
            {
                call.Node.Repository.Pins.Add([new Pin(block.Cid, PinKind.Recursive, null)]);
            }

            await call.WriteLineAsync(new { Cid = Link(block.Cid) }).ConfigureAwait(false);
        }
    }

    private static async Task StatAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var stats = new List<object>();
        var (allBlocks, allBytes) = (0L, 0L);
        foreach (var text in call.Arguments)
        {
            var root = await call.ResolveAsync(text, blocks).ConfigureAwait(false);
            var (count, bytes) = (0L, 0L);
            await foreach (var step in DagWalker.WalkAsync(blocks, root, call.Node.Options.Limits, call.Token).ConfigureAwait(false))
            {
                if (step.Problem is { } problem)
                {
                    throw new DagException(problem, step.Cid, BlockLoader.Describe(problem, step.Cid));
                }

                count++;
                bytes += step.Data.Length;
            }

            stats.Add(new { Cid = Link(root), Size = bytes, NumBlocks = count });
            allBlocks += count;
            allBytes += bytes;
        }

        await call.WriteAsync(new { UniqueBlocks = allBlocks, TotalSize = allBytes, SharedSize = 0, Ratio = 1, DagStats = stats }).ConfigureAwait(false);
    }

    private static async Task ExportAsync(RpcCall call)
    {
        var blocks = call.Blocks();
        var root = await call.ResolveAsync(call.Argument(0), blocks).ConfigureAwait(false);
        await BlockLoader.LoadAsync(blocks, root, call.Token).ConfigureAwait(false); // an absent root is an error before the answer begins
        call.BeginBytes("application/vnd.ipld.car; version=1");
        var car = await CarWriter.CreateAsync(call.Http.Response.Body, [root], null, call.Token).ConfigureAwait(false);
        await foreach (var step in DagWalker.WalkAsync(blocks, root, call.Node.Options.Limits, call.Token).ConfigureAwait(false))
        {
            if (step.Problem is { } problem)
            {
                throw new DagException(problem, step.Cid, BlockLoader.Describe(problem, step.Cid));
            }

            await car.PutAsync(new Block(step.Cid, step.Data), call.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Every block is hashed before it is written. Roots are pinned only when all below them is here.</summary>
    private static async Task ImportAsync(RpcCall call)
    {
        var (count, bytes) = (0L, 0L);
        var roots = new List<Cid>();
        using var lease = call.Node.Repository.Blocks.Lease();
        await foreach (var file in call.FilesAsync().ConfigureAwait(false))
        {
            var writer = new StoreWriter(call.Node.Repository.Blocks);
            var car = await CarReader.OpenAsync(file.Body, verify: true, call.Token).ConfigureAwait(false);
            roots.AddRange(car.Header.Roots);
            while (await car.ReadAsync(call.Token).ConfigureAwait(false) is { } section)
            {
                await writer.PutAsync(section.Block, call.Token).ConfigureAwait(false);
                count++;
                bytes += section.Block.Data.Length;
            }

            await writer.FlushAsync(call.Token).ConfigureAwait(false);
        }

        foreach (var root in call.Flag("pin-roots", true) ? roots.Distinct() : [])
        {
            var pinned = await call.Node.PinAsync(root, PinKind.Recursive, null, [], null, call.Token).ConfigureAwait(false);
            var error = pinned.Outcome == FetchOutcome.Complete ? string.Empty : pinned.Detail ?? pinned.Outcome.ToString();
            await call.WriteLineAsync(new { Root = new { Cid = Link(root), PinErrorMsg = error } }).ConfigureAwait(false);
        }

        if (call.Flag("stats", false))
        {
            await call.WriteLineAsync(new { Stats = new { BlockCount = count, BlockBytesCount = bytes } }).ConfigureAwait(false);
        }

        call.BeginStream("application/json");
    }
}
