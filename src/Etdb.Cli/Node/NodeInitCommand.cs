using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ipfs.Node;

namespace Etdb.Cli.Node;

/// <summary><c>etdb node init</c>: makes the folder, the identity and <c>node.json</c>.</summary>
internal static class NodeInitCommand
{
    public static Command Build()
    {
        var command = new Command("init", "Make a node: its folder, identity key and node.json.");
        var data = NodeCommands.DataOption();
        var api = new Option<string>("--api") { Description = "Address and port of the RPC.", DefaultValueFactory = static _ => "127.0.0.1:5001" };
        var gateway = new Option<string>("--gateway") { Description = "Address and port of the gateway other nodes fetch from.", DefaultValueFactory = static _ => "127.0.0.1:8080" };
        var capacity = Remote.Sizes.Option("--capacity", "Most bytes of blocks, such as 4TB; left out, or 0, what the disk has.");
        var reserve = new Option<long>("--reserve") { Description = "Free bytes of the disk that are never used.", DefaultValueFactory = static _ => 1L << 30 };
        var scrub = new Option<long>("--scrub-rate") { Description = "Bytes a second that the scrub in the background reads; 0 runs none.", DefaultValueFactory = static _ => 4_000_000 };
        var peers = new Option<string[]>("--peer") { Description = "Gateway of another node to fetch blocks from (repeatable).", DefaultValueFactory = static _ => [] };
        var token = new Option<string?>("--token") { Description = "Bearer token that opens the whole RPC; without it, whoever reaches the port may call everything." };
        foreach (var option in new Option[] { data, api, gateway, capacity, reserve, scrub, peers, token })
        {
            command.Options.Add(option);
        }

        command.Does((result, output) =>
        {
            var folder = result.GetValue(data)!;
            var options = new NodeConfigFile
            {
                Api = result.GetValue(api)!,
                Gateway = result.GetValue(gateway)!,
                CapacityBytes = result.GetValue(capacity) ?? 0,
                ReserveBytes = result.GetValue(reserve),
                ScrubBytesPerSecond = result.GetValue(scrub),
                Peers = result.GetValue(peers)!,
                Authorizations = result.GetValue(token) is { } secret
                    ? [new NodeConfigAuthorization { Name = "admin", Secret = "bearer:" + secret, AllowedPaths = ["/api/v0"] }]
                    : [],
            }.Create(folder);
            var identity = NodeIdentity.LoadOrCreate(folder);
            output.Write(
                new { peerId = identity.PeerId, data = Path.GetFullPath(folder), api = $"{options.ApiAddress}:{options.ApiPort}", gateway = $"{options.GatewayAddress}:{options.GatewayPort}" },
                text => text.WriteLine($"made node {identity.PeerId} in {Path.GetFullPath(folder)}; start it with: etdb node run --data {folder}"));
            return CliExit.Done;
        });
        return command.WithExamples("etdb node init --data /srv/etdb-node", "etdb node init --data n1 --api 127.0.0.1:5101 --gateway 127.0.0.1:8101 --capacity 2000000000000");
    }
}
