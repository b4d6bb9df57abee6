using System.Text.Json.Nodes;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>One method: its parameters' names, in order, and what it does.</summary>
internal sealed record RpcMethod(string Name, IReadOnlyList<string> Parameters, Func<RpcArguments, CancellationToken, Task<JsonNode?>> Call);

/// <summary>The methods by name.</summary>
internal sealed class RpcMethodTable
{
    private readonly Dictionary<string, RpcMethod> _methods = new(StringComparer.Ordinal);

    public IEnumerable<RpcMethod> All => _methods.Values.OrderBy(m => m.Name, StringComparer.Ordinal);

    public RpcMethod? Find(string name) => _methods.GetValueOrDefault(name);

    /// <summary>Adds a method that answers at once. <paramref name="parameters"/> are names separated by blanks.</summary>
    public void Add(string name, string parameters, Func<RpcArguments, JsonNode?> call) =>
        AddAsync(name, parameters, (arguments, _) => Task.FromResult(call(arguments)));

    /// <summary>Adds a method that may wait.</summary>
    public void AddAsync(string name, string parameters, Func<RpcArguments, CancellationToken, Task<JsonNode?>> call) =>
        _methods.Add(name, new RpcMethod(name, parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries), call));
}
