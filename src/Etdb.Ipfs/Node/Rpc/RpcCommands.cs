namespace Etdb.Ipfs.Node.Rpc;

/// <summary>Every call the node answers, by its path below <c>/api/v0/</c>.</summary>
internal static class RpcCommands
{
    public static IEnumerable<KeyValuePair<string, RpcHandler>> All =>
    [
        .. NodeCalls.All, .. BlockCalls.All, .. PinCalls.All, .. RepoCalls.All, .. SwarmCalls.All,
        .. AddCalls.All, .. FileCalls.All, .. DagCalls.All, .. RefCalls.All,
    ];
}
