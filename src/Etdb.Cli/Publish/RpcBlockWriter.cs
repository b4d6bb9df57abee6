using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.Kubo;

namespace Etdb.Cli.Publish;

/// <summary>Puts imported blocks onto a lab's node through its RPC, a few at a time.</summary>
internal sealed class RpcBlockWriter(KuboClient client, NodeSoftware software) : IBlockWriter
{
    private const int AtOnce = 8;

    public async ValueTask PutAsync(Block block, CancellationToken cancellationToken)
    {
        var answer = await client.BlockPutAsync(block, software, cancellationToken);
        if (answer.Outcome == KuboOutcome.DiskFull)
        {
            throw new CliException($"the disk of the node {client.Endpoint} is full. Free some space there or raise its capacity, then run the same command again: it goes on where it stopped.");
        }

        if (!answer.Done)
        {
            throw new CliException($"the node {client.Endpoint} did not take block {block.Cid}: {answer.Outcome} {answer.Detail}") { ExitCode = CliExit.No };
        }
    }

    public async ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken)
        => await Parallel.ForEachAsync(blocks, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, PutAsync);
}
