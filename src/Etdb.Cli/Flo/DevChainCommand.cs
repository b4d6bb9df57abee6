using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.DevChain;
using Etdb.Ledger.DevChain.Rpc;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Addresses;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo dev-chain</c>: runs a chain for development with JSON-RPC until stopped.</summary>
internal static class DevChainCommand
{
    public static Command Build()
    {
        var data = new Option<string>("--data") { Description = "Folder for the chain and its cookie.", Required = true };
        var port = new Option<int>("--port") { Description = "JSON-RPC port on 127.0.0.1; 0 for a free one.", DefaultValueFactory = _ => FloNetwork.Development.RpcPort };
        var mineTo = new Option<string?>("--mine-to") { Description = "Address that mined coins go to." };
        var every = new Option<double>("--mine-every") { Description = "Seconds between blocks (with --mine-to), when something waits.", DefaultValueFactory = _ => 1 };
        var command = new Command("dev-chain", "Run a chain for development: FLO's rules, no value, JSON-RPC like flod's.") { data, port, mineTo, every };
        command.Does(async (result, output, cancellationToken) =>
        {
            var folder = result.GetValue(data)!;
            var target = result.GetValue(mineTo) is { } text ? FloArguments.Parse("--mine-to", () => FloAddress.Parse(text, FloNetwork.Development)) : null;
            using var chain = DevelopmentChain.Open(new DevelopmentChainOptions { DataFolder = folder }, TimeProvider.System);
            await using var server = await DevChainRpcServer.StartAsync(
                chain, new DevChainRpcOptions { Port = result.GetValue(port), CookieFolder = folder }, TimeProvider.System, cancellationToken);
            await output.Messages.WriteLineAsync($"Development chain at height {chain.Tip.Height}: {server.Endpoint} (cookie in {Path.Combine(folder, ".cookie")}). Ctrl-C stops it.");
            var running = target is null
                ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
                : chain.MineByTimerAsync(TimeSpan.FromSeconds(Math.Clamp(result.GetValue(every), 0.01, 3600)), target.ToScript(), emptyBlocks: false, cancellationToken);
            await running;
            return CliExit.Done;
        });
        return command.WithExamples("etdb flo dev-chain --data /var/tmp/chain --mine-to oZdUBH31q6Zesnx6mSW57nNCo8XzJ2b3cd --mine-every 2");
    }
}
