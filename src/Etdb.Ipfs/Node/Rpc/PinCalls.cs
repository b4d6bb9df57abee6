using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Fetch;
using Etdb.Ipfs.Node.Pins;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>pin/{add,ls,rm,update,verify}</c>.</summary>
internal static class PinCalls
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(500);

    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("pin/add", AddAsync),
        new("pin/ls", PinListing.ListAsync),
        new("pin/rm", RemoveAsync),
        new("pin/update", UpdateAsync),
        new("pin/verify", VerifyAsync),
    ];

    private static async Task AddAsync(RpcCall call)
    {
        var kind = call.Flag("recursive", true) ? PinKind.Recursive : PinKind.Direct;
        var pinned = new List<string>();
        foreach (var text in call.Arguments.DefaultIfEmpty(string.Empty))
        {
            var cid = await call.ResolveAsync(text.Length > 0 ? text : call.Argument(0), call.Blocks()).ConfigureAwait(false);
            await PinOneAsync(call, cid, kind).ConfigureAwait(false);
            pinned.Add(cid.ToString());
        }

        var answer = new { Pins = pinned };
        await (call.Flag("progress", false) ? call.WriteLineAsync(answer) : call.WriteAsync(answer)).ConfigureAwait(false);
    }

    private static async Task PinOneAsync(RpcCall call, Cid cid, PinKind kind)
    {
        if (!call.Flag("progress", false))
        {
            Require(await call.Node.PinAsync(cid, kind, call.Text("name"), call.Origins, null, call.Token).ConfigureAwait(false), cid);
            return;
        }

        var latest = new LatestProgress();
        var work = call.Node.PinAsync(cid, kind, call.Text("name"), call.Origins, latest, call.Token);
        while (await Task.WhenAny(work, Task.Delay(ProgressEvery, call.Node.Options.Time, call.Token)).ConfigureAwait(false) != work)
        {
            call.Token.ThrowIfCancellationRequested();
            var now = latest.Value;
            await call.WriteLineAsync(new { Progress = now.Blocks, now.Bytes, now.BlocksMoved, now.BytesMoved }).ConfigureAwait(false);
        }

        var result = await work.ConfigureAwait(false);
        Require(result, cid);
        await call.WriteLineAsync(new { Progress = result.Moved.Blocks, result.Moved.Bytes, result.Moved.BlocksMoved, result.Moved.BytesMoved }).ConfigureAwait(false);
    }

    private static void Require(FetchResult result, Cid cid)
    {
        switch (result.Outcome)
        {
            case FetchOutcome.Complete:
                return;
            case FetchOutcome.NoRoom:
                throw new RpcException($"pin: no space left on device: {result.Detail}");
            case FetchOutcome.NoProviders:
                throw new RpcException($"pin: no providers: {result.Detail}");
            case FetchOutcome.Stalled:
                throw new RpcException($"pin: stalled: {result.Detail}");
            case FetchOutcome.BadContent:
                throw new RpcException($"pin: bad content: {result.Detail}", 500, 1);
            default:
                throw new RpcException($"pin: cannot pin {cid}: {result.Detail}");
        }
    }

    private static async Task RemoveAsync(RpcCall call)
    {
        var removed = new List<string>();
        call.Node.Repository.Check();
        foreach (var text in call.Arguments)
        {
            var cid = await call.ResolveAsync(text, call.Node.Local).ConfigureAwait(false);
            if (!call.Node.Repository.Pins.Remove(cid))
            {
                throw new RpcException("not pinned or pinned indirectly");
            }

            removed.Add(cid.ToString());
        }

        await call.WriteAsync(new { Pins = removed }).ConfigureAwait(false);
    }

    private static async Task UpdateAsync(RpcCall call)
    {
        call.Node.Repository.Check();
        var from = RpcCall.ParseCid(call.Argument(0));
        var to = RpcCall.ParseCid(call.Argument(1));
        if (call.Node.Repository.Pins.Find(from) is not { Kind: PinKind.Recursive } old)
        {
            throw new RpcException("'from' cid was not recursively pinned already");
        }

        Require(await call.Node.PinAsync(to, PinKind.Recursive, old.Name, call.Origins, null, call.Token).ConfigureAwait(false), to);
        if (call.Flag("unpin", true) && from.Hash != to.Hash)
        {
            call.Node.Repository.Pins.Remove(from);
        }

        await call.WriteAsync(new { Pins = new[] { from.ToString(), to.ToString() } }).ConfigureAwait(false);
    }

    /// <summary>Unlike Kubo's it reads and hashes every block, raw leaves too.</summary>
    private static async Task VerifyAsync(RpcCall call)
    {
        var verbose = call.Flag("verbose", false);
        foreach (var pin in call.Node.Repository.Pins.Snapshot(PinKind.Recursive))
        {
            var bad = new List<object>();
            await foreach (var (cid, problem) in PinReach.BelowAsync(call.Node, pin.Cid, [], call.Token).ConfigureAwait(false))
            {
                if (problem is not null)
                {
                    bad.Add(new { Cid = cid.ToString(), Err = problem });
                }
                else if (cid.Codec == Multicodec.Raw && BlockKeys.TryFrom(cid, out var key) && call.Node.Repository.Blocks.Read(key) is { Found: false } read)
                {
                    bad.Add(new { Cid = cid.ToString(), Err = $"block {cid} is {read.Status}" });
                }
            }

            if (verbose || bad.Count > 0)
            {
                await call.WriteLineAsync(new { Cid = pin.Cid.ToString(), Ok = bad.Count == 0, BadNodes = bad }).ConfigureAwait(false);
            }
        }
    }

    private sealed class LatestProgress : IProgress<FetchProgress>
    {
        private readonly Lock _gate = new();
        private FetchProgress _value;

        public FetchProgress Value
        {
            get
            {
                lock (_gate)
                {
                    return _value;
                }
            }
        }

        public void Report(FetchProgress value)
        {
            lock (_gate)
            {
                _value = value;
            }
        }
    }
}
