using System.Text.Json.Nodes;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Import;
using Etdb.Ipfs.Kubo;
using Etdb.Ipfs.UnixFs;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Oip;
using Etdb.Ledger.Publishing.Records;

namespace Etdb.Cli.Publish;

/// <summary>
/// What a lab does to publish a folder: files to its IPFS node, a signed record, signed transactions. Everything that is signed is signed here; the
/// plan is on disk before anything is sent (<see cref="PlanFile"/>).
/// </summary>
internal sealed class LabPublisher(KuboClient node, FloRpcClient flo, FloKey key, FloNetwork network, TimeProvider time)
{
    /// <summary>The publisher.</summary>
    public string Address { get; } = key.Address(network).Text;

    /// <summary>Adds the folder's files to the lab's node and pins them; the root.</summary>
    public async Task<ImportResult> AddFilesAsync(string folder, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
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

    /// <summary>The whole publication, signed and ready to be sent. Coins are chosen from what the FLO node knows now.</summary>
    public async Task<PlanFile> PlanAsync(string folder, DatasetManifest manifest, Cid root, CancellationToken cancellationToken)
    {
        var artifact = ArtifactBuilder.Build(folder, manifest, root.ToString(), Address, time.GetUtcNow().ToUnixTimeSeconds());
        var plan = await PlanAsync(artifact, cancellationToken);
        return new PlanFile(manifest.Title, root.ToString(), plan);
    }

    private async Task<PublicationPlan> PlanAsync(JsonObject artifact, CancellationToken cancellationToken)
    {
        var signer = new FloMessageSigner(key, network);
        var comment = RecordBuilder.PublishComment(RecordBuilder.Sign(artifact, signer));
        var funds = await LabFunds.LoadAsync(flo, key, network, cancellationToken);
        return RecordPublication.Plan(comment, signer, funds.Fund);
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
