using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Cli.Oip;
using Etdb.Ledger.Flo.Notify;
using Etdb.Ledger.Flo.Rpc;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Indexing.Following;

namespace Etdb.Cli.Ledger;

/// <summary><c>etdb ledger index</c>: reads a node's chain into an index file, without a silo. Killed anywhere, the same command goes on.</summary>
internal static class IndexCommand
{
    public static Command Build()
    {
        var command = new Command("index", "Read the chain of a FLO node into an index file, verifying everything; run again to go on.");
        var file = new Option<string>("--index") { Description = "Index file; made when it is not there.", Required = true };
        var network = OipArguments.Network();
        var start = new Option<int>("--start-height") { Description = "First block of a new index: a checkpoint, or 0 for the genesis block. (An index keeps the one it was made with.)" };
        var batch = new Option<int>("--batch") { Description = "Blocks of one commit, 1 to 5000.", DefaultValueFactory = _ => new FollowerOptions().BatchBlocks };
        var follow = new Option<bool>("--follow") { Description = "Stay and follow the chain until interrupted." };
        var zmq = new Option<Uri?>("--zmq") { Description = "With --follow: the node's ZeroMQ endpoint for block ids (zmqpubhashblock), such as tcp://127.0.0.1:28332. Blocks are then read at once; polling stays." };
        var node = new FloNodeArguments();
        var socket = new Option<bool>("--websocket") { Description = "With --follow: listen to fcoin's websocket, which it has at the address of its JSON-RPC. Blocks are then read at once; polling stays." };
        foreach (var option in new Option[] { file, network, start, batch, follow, zmq, socket })
        {
            command.Options.Add(option);
        }

        node.AddTo(command);
        command.Does(async (result, output, ct) =>
        {
            var flo = OipArguments.Find(result.GetValue(network)!);
            var path = result.GetValue(file)!;
            var blocks = result.GetValue(batch);
            if (blocks is < 1 or > 5000 || result.GetValue(start) < 0)
            {
                throw new CliException("--batch takes 1 to 5000 blocks, --start-height 0 or more.");
            }

            using var client = FloRpcClient.Create(node.Read(result), TimeProvider.System);
            using var index = LedgerIndex.Open(path, flo, LedgerIndexStore.Inspect(path)?.StartHeight ?? result.GetValue(start));
            var follower = new LedgerFollower(new RpcChainSource(client), index, new FollowerOptions { BatchBlocks = blocks }, TimeProvider.System);
            while (!await follower.CatchUpAsync(ct) && follower.Problem is null)
            {
                output.Messages.WriteLine($"block {index.Tip?.Height} of {follower.NodeHeight}");
            }

            if (result.GetValue(follow))
            {
                await using var zeroMq = result.GetValue(zmq) is { } endpoint ? ZmqTipSignal.Start(endpoint, TimeProvider.System) : null;
                await using var bsock = zeroMq is null && result.GetValue(socket) ? BsockTipSignal.Start(node.Read(result), TimeProvider.System) : null;
                await follower.RunAsync(ct, (ITipSignal?)zeroMq ?? bsock);
            }

            Report(output, path, index, follower);
            return follower.Problem is null ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples(
            "etdb ledger index --index ledger.db --flo http://user:password@127.0.0.1:7313",
            "etdb ledger index --index ledger.db --network regtest --flo http://127.0.0.1:17413 --follow --zmq tcp://127.0.0.1:28332");
    }

    private static void Report(CliOutput output, string path, LedgerIndex index, LedgerFollower follower)
    {
        var tip = index.Tip;
        var answer = new
        {
            file = path, network = index.Network.Name, tip, startHeight = index.StartHeight, nodeHeight = follower.NodeHeight,
            records = index.Read(i => i.RecordCount), transactions = index.ReadStore(s => s.CommentCount()), problem = follower.Problem?.ToString(),
        };
        output.Write(answer, text =>
        {
            text.WriteLine($"{path} is at block {tip?.Height.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"} {tip?.Hash}: {answer.records} records in {answer.transactions} transactions");
            if (answer.problem is { } problem)
            {
                text.WriteLine($"the node: {problem}");
            }
        });
    }
}
