using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>refs, resolve, dag/resolve</c>: what links to what.</summary>
internal static class RefCalls
{
    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("refs", RefsAsync),
        new("resolve", static async call => await call.WriteAsync(new { Path = $"/ipfs/{await call.ResolveAsync(call.Argument(0), call.Blocks()).ConfigureAwait(false)}" }).ConfigureAwait(false)),
        new("dag/resolve", static async call => await call.WriteAsync(new
        {
            Cid = DagCalls.Link(await call.ResolveAsync(call.Argument(0), call.Blocks()).ConfigureAwait(false)),
            RemPath = string.Empty,
        }).ConfigureAwait(false)),
    ];

    /// <summary>As in Kubo, with <c>recursive</c> every block is read before it is named, raw leaves too.</summary>
    private static async Task RefsAsync(RpcCall call)
    {
        if (call.Text("format") is { Length: > 0 } format && format != "<dst>" || call.Flag("edges", false))
        {
            throw RpcException.BadArgument("only the format <dst> is supported by this node");
        }

        var blocks = call.Blocks();
        var most = call.Flag("recursive", false) ? call.Number("max-depth", -1) : 1;
        call.BeginStream("application/json");
        foreach (var text in call.Arguments)
        {
            var root = await call.ResolveAsync(text, blocks).ConfigureAwait(false);
            if (most == 1)
            {
                await DirectAsync(call, blocks, root).ConfigureAwait(false);
                continue;
            }

            await foreach (var step in DagWalker.WalkAsync(blocks, root, call.Node.Options.Limits with { MaxDepth = most < 0 ? call.Node.Options.Limits.MaxDepth : (int)most }, call.Token)
                .ConfigureAwait(false))
            {
                if (step.Problem is { } problem and not DagProblem.TooDeep)
                {
                    await call.WriteLineAsync(new { Ref = string.Empty, Err = BlockLoader.Describe(problem, step.Cid) }).ConfigureAwait(false);
                }
                else if (step.Depth > 0)
                {
                    await call.WriteLineAsync(new { Ref = step.Cid.ToString(), Err = string.Empty }).ConfigureAwait(false);
                }
            }
        }
    }

    private static async Task DirectAsync(RpcCall call, IBlockReader blocks, Cid root)
    {
        var links = new List<Cid>();
        var block = await BlockLoader.LoadAsync(blocks, root, call.Token).ConfigureAwait(false);
        if (BlockLinks.Read(block, links) is { } problem)
        {
            throw new DagException(problem, root, BlockLoader.Describe(problem, root));
        }

        foreach (var link in call.Flag("unique", false) ? links.Distinct() : links)
        {
            await call.WriteLineAsync(new { Ref = link.ToString(), Err = string.Empty }).ConfigureAwait(false);
        }
    }
}
