using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Cli.Publish;

/// <summary>Puts a folder's files onto the lab's IPFS node and pins them; put there again, nothing changes.</summary>
internal sealed class LabFiles(KuboClient node)
{
    /// <summary>Adds the folder's files to the lab's node and pins them; the root.</summary>
    public async Task<ImportResult> AddAsync(string folder, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        var identity = await node.IdAsync(cancellationToken);
        if (!identity.Done)
        {
            throw new CliException($"the IPFS node {node.Endpoint} does not answer: {identity.Detail} Start it, or name another with --node.") { ExitCode = CliExit.No };
        }

        var importer = new UnixFsImporter(new ImportOptions { Profile = ImportProfile.V0Of2015, Progress = progress }, new RpcBlockWriter(node, identity.Value!.Software));
        var result = await importer.ImportPathAsync(folder, cancellationToken);
        await PinAsync(result.Cid, cancellationToken);
        return result;
    }

    private async Task PinAsync(Cid root, CancellationToken cancellationToken)
    {
        // A pin that is there stays as it is: pin/add on an existing pin would remove it first.
        var pinned = await node.IsPinnedAsync(root, cancellationToken);
        if (pinned is { Done: true, Value: true })
        {
            return;
        }

        var answer = await node.PinAddAsync(root, [], null, cancellationToken);
        if (!answer.Done)
        {
            throw new CliException($"the IPFS node {node.Endpoint} did not pin {root}: {answer.Outcome} {answer.Detail}") { ExitCode = CliExit.No };
        }
    }
}
