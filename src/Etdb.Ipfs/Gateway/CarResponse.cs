using Etdb.Ipfs.Car;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Node;
using Etdb.Ipfs.UnixFs;
using Microsoft.AspNetCore.Http;

namespace Etdb.Ipfs.Gateway;

/// <summary>
/// Several blocks as a CAR, in the order they are read (depth first), each once: those on the path, then those the scope asks for. When a block turns
/// out to be missing the connection is broken off, since a CAR that ends is a CAR that is whole.
/// </summary>
internal static class CarResponse
{
    private const string ContentType = "application/vnd.ipld.car; version=1; order=dfs; dups=n";

    public static async Task WriteAsync(HttpContext context, LocalBlocks blocks, Cid root, string path, DagLimits limits)
    {
        var token = context.RequestAborted;
        var scope = CarScope.Of(context.Request);
        var target = await TargetAsync(blocks, root, path, token).ConfigureAwait(false);
        var etag = $"W/\"{target}.car.{scope.Scope}.{scope.From}.{scope.To}.{path.Length}\"";
        var headers = context.Response.Headers;
        headers.ETag = etag;
        headers.CacheControl = RawBlockResponse.ForEver;
        headers["X-Content-Type-Options"] = "nosniff";
        headers.AcceptRanges = "none";
        headers.ContentDisposition = $"attachment; filename=\"{target}.car\"";
        context.Response.ContentType = ContentType;
        if (Etags.Matches(context.Request, etag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var car = await CarWriter.CreateAsync(context.Response.Body, [target], null, token).ConfigureAwait(false);
        var recorder = new RecordingReader(blocks, car);
        if (path.Trim('/').Length > 0)
        {
            await UnixFsReader.ResolveAsync(recorder, root, path, token).ConfigureAwait(false);
        }

        await FillAsync(recorder, target, scope, limits, token).ConfigureAwait(false);
    }

    private static async Task<Cid> TargetAsync(LocalBlocks blocks, Cid root, string path, CancellationToken cancellationToken)
    {
        if (path.Trim('/').Length == 0)
        {
            blocks.Load(root); // an absent root is an error before the answer begins
            return root;
        }

        return (await UnixFsReader.ResolveAsync(blocks, root, path, cancellationToken).ConfigureAwait(false)).Node.Cid;
    }

    private static async Task FillAsync(RecordingReader recorder, Cid target, CarScope scope, DagLimits limits, CancellationToken cancellationToken)
    {
        if (scope.Scope == DagScope.All)
        {
            await foreach (var step in DagWalker.WalkAsync(recorder, target, limits, cancellationToken).ConfigureAwait(false))
            {
                if (step.Problem is { } problem)
                {
                    throw new DagException(problem, step.Cid, BlockLoader.Describe(problem, step.Cid));
                }
            }

            return;
        }

        var block = await BlockLoader.LoadAsync(recorder, target, cancellationToken).ConfigureAwait(false);
        if (scope.Scope == DagScope.Block || target.Codec is not (Multicodec.DagPb or Multicodec.Raw))
        {
            return;
        }

        var node = UnixFsNode.Decode(block);
        if (node.IsDirectory)
        {
            await foreach (var _ in UnixFsReader.ListAsync(recorder, target, cancellationToken).ConfigureAwait(false))
            {
                // Reading records the shards.
            }
        }
        else if (node.IsFile)
        {
            var (offset, length) = scope.Within((long)node.FileBytes);
            await foreach (var _ in UnixFsReader.ReadAsync(recorder, target, offset, length, cancellationToken).ConfigureAwait(false))
            {
                // Reading records the blocks of the range.
            }
        }
    }

    /// <summary>Writes into the CAR whatever is read through it; the CAR's writer leaves out what it has had.</summary>
    private sealed class RecordingReader(LocalBlocks blocks, CarWriter car) : IHashingReader
    {
        public bool HashesBlocks => blocks.HashesBlocks;

        public async ValueTask<Block?> GetAsync(Cid cid, CancellationToken cancellationToken)
        {
            var block = blocks.Load(cid);
            await car.PutAsync(block, cancellationToken).ConfigureAwait(false);
            return block;
        }
    }
}
