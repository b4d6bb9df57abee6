using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Flo.Rpc;

/// <summary>One JSON-RPC call.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="Arguments">Positional arguments; null for none.</param>
public sealed record RpcCall(string Method, JsonArray? Arguments = null);

/// <summary>The node's answer to one call: a result or an error.</summary>
/// <param name="Result">The result; undefined when there is an error.</param>
/// <param name="ErrorCode">The node's error code, null for success.</param>
/// <param name="ErrorMessage">The node's words.</param>
public sealed record RpcAnswer(JsonElement Result, int? ErrorCode, string? ErrorMessage)
{
    public bool Succeeded => ErrorCode is null;
}
