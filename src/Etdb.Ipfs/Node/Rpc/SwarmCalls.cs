namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>swarm/{connect,disconnect,peers}</c>: here a peer is another node's gateway.</summary>
internal static class SwarmCalls
{
    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("swarm/connect", ConnectAsync),
        new("swarm/disconnect", DisconnectAsync),
        new("swarm/peers", PeersAsync),
        new("swarm/addrs/local", static call => call.WriteAsync(new { Strings = new[] { PeerAddress.ToMultiaddr(call.Node.GatewayUri, null) } })),
    ];

    private static async Task ConnectAsync(RpcCall call)
    {
        var lines = new List<string>();
        foreach (var text in call.Arguments)
        {
            if (!call.Node.AddPeer(PeerAddress.Parse(text)))
            {
                throw new RpcException($"connect {text} failure: {EmbeddedNode.MaxPeers} peers are known already");
            }

            lines.Add($"connect {text} success");
        }

        await call.WriteAsync(new { Strings = lines }).ConfigureAwait(false);
    }

    private static async Task DisconnectAsync(RpcCall call)
    {
        var lines = new List<string>();
        foreach (var text in call.Arguments)
        {
            if (!call.Node.RemovePeer(PeerAddress.Parse(text)))
            {
                throw new RpcException($"disconnect {text} failure: not connected");
            }

            lines.Add($"disconnect {text} success");
        }

        await call.WriteAsync(new { Strings = lines }).ConfigureAwait(false);
    }

    private static Task PeersAsync(RpcCall call) => call.WriteAsync(new
    {
        Peers = call.Node.Peers.Select(static peer => new { Addr = PeerAddress.ToMultiaddr(peer, null), Peer = string.Empty }).ToArray(),
    });
}
