using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>repo/{stat,gc,verify,version}</c>, <c>stats/repo</c> and <c>refs/local</c>: the store as a whole.</summary>
internal static class RepoCalls
{
    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("repo/stat", StatAsync),
        new("stats/repo", StatAsync),
        new("repo/gc", CollectAsync),
        new("repo/verify", VerifyAsync),
        new("repo/version", static call => call.WriteAsync(new { Version = "1" })),
        new("refs/local", LocalAsync),
    ];

    private static async Task StatAsync(RpcCall call)
    {
        call.Node.Repository.Check();
        var stat = call.Node.Repository.Blocks.Stat();
        await call.WriteAsync(new
        {
            RepoSize = stat.Bytes,
            StorageMax = stat.CapacityBytes,
            NumObjects = stat.Blocks,
            RepoPath = call.Node.Repository.Folder,
            Version = "etdb-repo@1",
            stat.Quarantined,
            RepositoryId = call.Node.Repository.Id,
        }).ConfigureAwait(false);
    }

    private static async Task CollectAsync(RpcCall call)
    {
        var result = await call.Node.CollectGarbageAsync(call.Token).ConfigureAwait(false);
        if (result.Refused is { } why)
        {
            throw new RpcException($"nothing was removed: {why}");
        }

        call.BeginStream("application/json");
        if (!call.Flag("quiet", false) && !call.Flag("silent", false))
        {
            foreach (var key in result.Removed)
            {
                await call.WriteLineAsync(new { Key = new Dictionary<string, string>(StringComparer.Ordinal) { ["/"] = BlockKeys.ToRawCid(key).ToString() } }).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Hashes the whole store. The last line has an empty message and the number of blocks, as in Kubo; bad ones come before it.</summary>
    private static async Task VerifyAsync(RpcCall call)
    {
        var report = await call.Node.Repository.Blocks.ScrubAsync(call.Number("rate", 0), null, call.Token).ConfigureAwait(false);
        foreach (var key in report.Corrupt)
        {
            await call.WriteLineAsync(new { Msg = $"block {BlockKeys.ToRawCid(key)} was corrupt (its bytes do not match the hash)", Progress = 0L }).ConfigureAwait(false);
        }

        foreach (var key in report.Missing)
        {
            await call.WriteLineAsync(new { Msg = $"block {BlockKeys.ToRawCid(key)} is missing", Progress = 0L }).ConfigureAwait(false);
        }

        await call.WriteLineAsync(new { Msg = string.Empty, Progress = report.Blocks }).ConfigureAwait(false);
        if (!report.Clean)
        {
            throw new RpcException($"verify complete, some blocks were corrupt: {report.Corrupt.Count} corrupt, {report.Missing.Count} missing, {report.Failed} unreadable");
        }
    }

    private static async Task LocalAsync(RpcCall call)
    {
        call.BeginStream("application/json");
        foreach (var key in call.Node.Repository.Blocks.Keys())
        {
            await call.WriteLineAsync(new { Ref = BlockKeys.ToRawCid(key).ToString(), Err = string.Empty }).ConfigureAwait(false);
        }
    }
}
