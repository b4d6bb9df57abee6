namespace Etdb.Ipfs.Node.Rpc;

/// <summary><c>id, version, key/list</c>: who answers.</summary>
internal static class NodeCalls
{
    /// <summary>The version of Kubo whose RPC these calls follow.</summary>
    public const string FollowsKubo = "0.42.0";

    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        new("id", IdAsync),
        new("version", static call => call.WriteAsync(new
        {
            Version = FollowsKubo,
            Commit = string.Empty,
            Repo = "1",
            System = $"{System.Runtime.InteropServices.RuntimeInformation.OSArchitecture}/{Environment.OSVersion.Platform}".ToLowerInvariant(),
            Golang = string.Empty,
            Agent = EmbeddedNode.AgentVersion,
        })),
        new("key/list", static call => call.WriteAsync(new { Keys = new[] { new { Name = "self", Id = call.Node.Identity.PeerId } } })),
    ];

    private static async Task IdAsync(RpcCall call)
    {
        var node = call.Node;
        if (call.Arguments.Count > 0 && call.Argument(0) != node.Identity.PeerId)
        {
            throw new RpcException("this node looks up no other peers");
        }

        await call.WriteAsync(new
        {
            ID = node.Identity.PeerId,
            node.Identity.PublicKey,
            Addresses = new[] { PeerAddress.ToMultiaddr(node.GatewayUri, node.Identity.PeerId) },
            EmbeddedNode.AgentVersion,
            Protocols = new[] { "/http/1.1", "/ipfs/trustless-gateway" },
            RepositoryId = node.Repository.Id,
        }).ConfigureAwait(false);
    }
}
