using Microsoft.AspNetCore.Http;

namespace Etdb.Testing.Ipfs;

public sealed partial class FakeKubo
{
    private readonly SemaphoreSlim _turnstile = new(1, 1); // a waiting collection holds it, so that new pins queue behind it
    private int _pinning;

    private async Task<string?> BlockGetAsync(HttpContext context)
    {
        var cid = Argument(context);
        if (!_blocks.TryGetValue(_names.HashOf(cid), out var bytes))
        {
            if (!Flag(context, "offline"))
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default); // asks the network, for ever
            }

            return $"block was not found locally (offline): ipld: could not find {cid}";
        }

        // The disk is not hashed: whatever lies there is sent.
        context.Response.ContentType = "application/octet-stream";
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        return null;
    }

    private async Task<string?> BlockStatAsync(HttpContext context)
    {
        var cid = Argument(context);
        return _blocks.TryGetValue(_names.HashOf(cid), out var bytes)
            ? await JsonAsync(context, new { Key = cid, Size = bytes.Length })
            : $"block was not found locally (offline): ipld: could not find {cid}";
    }

    private async Task<string?> BlockPutAsync(HttpContext context)
    {
        var (format, codec) = (context.Request.Query["format"].ToString(), context.Request.Query["cid-codec"].ToString());
        if (format.Length > 0 && codec.Length > 0)
        {
            return "unable to use \"format\" (deprecated) and a custom \"cid-codec\" at the same time";
        }

        if (DiskFull)
        {
            return "write /data/ipfs/blocks/put-1234: no space left on device";
        }

        var bytes = await FileAsync(context);
        var cid = _names.CidOf(bytes, codec.Length > 0 ? codec : format.Length > 0 ? format : "raw");
        Put(cid, bytes);
        return await JsonAsync(context, new { Key = cid, Size = bytes.Length });
    }

    private async Task<string?> BlockRemoveAsync(HttpContext context)
    {
        var cid = Argument(context);
        if (Reachable().Contains(_names.HashOf(cid)))
        {
            return await JsonAsync(context, new { Hash = cid, Error = "pinned: recursive" });
        }

        return Lose(cid) ? await JsonAsync(context, new { Hash = cid }) : await JsonAsync(context, new { Hash = cid, Error = $"ipld: could not find {cid}" });
    }

    private async Task<string?> PinListAsync(HttpContext context)
    {
        var cid = Argument(context);
        if (cid.Length > 0)
        {
            return _pins.ContainsKey(_names.HashOf(cid))
                ? await JsonAsync(context, new { Keys = new Dictionary<string, object>(StringComparer.Ordinal) { [cid] = new { Type = "recursive" } } })
                : $"path '{cid}' is not pinned";
        }

        if (!Flag(context, "stream"))
        {
            return await JsonAsync(context, new { Keys = _pins.Values.ToDictionary(static c => c, static _ => new { Type = "recursive" }, StringComparer.Ordinal) });
        }

        context.Response.ContentType = "application/json";
        var lines = 0;
        foreach (var pin in _pins.Values)
        {
            if (lines++ == ListingStopsAfter)
            {
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                return null;
            }

            await WriteLineAsync(context, new { Cid = pin, Type = "recursive" });
        }

        return null;
    }

    /// <summary>As boxo does it: the old pin goes first, then the fetch, then the new pin.</summary>
    private async Task<string?> PinAddAsync(HttpContext context)
    {
        var root = Argument(context);
        await _turnstile.WaitAsync(context.RequestAborted); // behind a waiting collection
        Interlocked.Increment(ref _pinning);
        _turnstile.Release();
        try
        {
            _pins.TryRemove(_names.HashOf(root), out _);
            context.Response.ContentType = "application/json";
            var (count, bytes) = (0, 0L);
            var stack = new Stack<string>([root]);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (stack.TryPop(out var cid))
            {
                if (!seen.Add(_names.HashOf(cid)))
                {
                    continue;
                }

                if (!_blocks.TryGetValue(_names.HashOf(cid), out var data))
                {
                    data = Network(cid);
                    if (data is null)
                    {
                        await WriteLineAsync(context, new { Progress = count, Bytes = bytes });
                        await context.Response.Body.FlushAsync();
                        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default); // no provider: looks for ever
                        return null;
                    }

                    if (DiskFull)
                    {
                        await WriteLineAsync(context, new { Progress = count, Bytes = bytes });
                        return "pin: write /data/ipfs/blocks: no space left on device";
                    }

                    Put(cid, data);
                }

                count++;
                bytes += data.Length;
                foreach (var link in _names.LinksOf(cid, data))
                {
                    stack.Push(link);
                }
            }

            PinRow(root);
            await WriteLineAsync(context, new { Progress = count, Bytes = bytes });
            await WriteLineAsync(context, new { Pins = new[] { root } });
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _pinning);
        }
    }

    private async Task<string?> PinRemoveAsync(HttpContext context)
    {
        var cid = Argument(context);
        return _pins.TryRemove(_names.HashOf(cid), out _) ? await JsonAsync(context, new { Pins = new[] { cid } }) : "not pinned or pinned indirectly";
    }

    /// <summary>As Kubo: walks links, and a raw leaf has none, so it is not looked at.</summary>
    private async Task<string?> PinVerifyAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        foreach (var root in _pins.Values)
        {
            var bad = Walk(root).Where(cid => _names.LinksOf(cid, _blocks.GetValueOrDefault(_names.HashOf(cid)) ?? []).Count > 0 && !Has(cid)).ToArray();
            await WriteLineAsync(context, new { Cid = root, Ok = bad.Length == 0 });
        }

        return null;
    }

    private async Task<string?> CollectAsync(HttpContext context)
    {
        await _turnstile.WaitAsync(context.RequestAborted);
        try
        {
            while (Volatile.Read(ref _pinning) > 0)
            {
                await Task.Delay(5, context.RequestAborted);
            }

            var keep = Reachable();
            foreach (var hash in _blocks.Keys.Where(hash => !keep.Contains(hash)).ToList())
            {
                _blocks.TryRemove(hash, out _);
                await WriteLineAsync(context, new { Key = hash });
            }

            return null;
        }
        finally
        {
            _turnstile.Release();
        }
    }

    private async Task<string?> RefsLocalAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        foreach (var bytes in _blocks.Values)
        {
            await WriteLineAsync(context, new { Ref = _names.CidOf(bytes, "raw"), Err = string.Empty });
        }

        return null;
    }

    private HashSet<string> Reachable() => [.. _pins.Values.SelectMany(Walk).Select(_names.HashOf)];

    private List<string> Walk(string root)
    {
        var (seen, found, stack) = (new HashSet<string>(StringComparer.Ordinal), new List<string>(), new Stack<string>([root]));
        while (stack.TryPop(out var cid))
        {
            if (!seen.Add(_names.HashOf(cid)))
            {
                continue;
            }

            found.Add(cid);
            foreach (var link in _blocks.TryGetValue(_names.HashOf(cid), out var data) ? _names.LinksOf(cid, data) : [])
            {
                stack.Push(link);
            }
        }

        return found;
    }
}
