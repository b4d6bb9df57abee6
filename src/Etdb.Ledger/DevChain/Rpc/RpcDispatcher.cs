using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.DevChain.Rpc;

/// <summary>Turns a request body into an answer body. Calls of a batch run in order; nothing is answered before what it promises is on the disk.</summary>
internal sealed class RpcDispatcher(RpcMethodTable methods, DevelopmentChain chain)
{
    /// <summary>Calls taken in one batch.</summary>
    public const int MaxBatch = 1000;

    private const int MaxDepth = 32;
    private const int StatusOk = 200;
    private const int StatusBadRequest = 400;
    private const int StatusNotFound = 404;
    private const int StatusError = 500;

    public async Task<(int Status, JsonNode Body)> AnswerAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        JsonDocument request;
        try
        {
            request = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            return (StatusError, Failure(null, RpcError.ParseError, "Parse error"));
        }

        using (request)
        {
            var answer = await AnswerAsync(request.RootElement, cancellationToken).ConfigureAwait(false);
            chain.Flush();
            return answer;
        }
    }

    private async Task<(int Status, JsonNode Body)> AnswerAsync(JsonElement request, CancellationToken cancellationToken)
    {
        if (request.ValueKind != JsonValueKind.Array)
        {
            var (code, answer) = await CallAsync(request, cancellationToken).ConfigureAwait(false);
            var status = code switch
            {
                null => StatusOk,
                RpcError.InvalidRequest => StatusBadRequest,
                RpcError.MethodNotFound => StatusNotFound,
                _ => StatusError,
            };
            return (status, answer);
        }

        if (request.GetArrayLength() > MaxBatch)
        {
            return (StatusBadRequest, Failure(null, RpcError.InvalidRequest, $"At most {MaxBatch} calls in a batch"));
        }

        var answers = new JsonArray();
        foreach (var call in request.EnumerateArray())
        {
            answers.Add((await CallAsync(call, cancellationToken).ConfigureAwait(false)).Answer);
        }

        return (StatusOk, answers);
    }

    private async Task<(int? Code, JsonNode Answer)> CallAsync(JsonElement call, CancellationToken cancellationToken)
    {
        JsonNode? id = null;
        try
        {
            if (call.ValueKind != JsonValueKind.Object)
            {
                throw new RpcError(RpcError.InvalidRequest, "Invalid Request object");
            }

            id = call.TryGetProperty("id", out var given) ? JsonNode.Parse(given.GetRawText()) : null;
            if (!call.TryGetProperty("method", out var name) || name.ValueKind != JsonValueKind.String)
            {
                throw new RpcError(RpcError.InvalidRequest, "Method must be a string");
            }

            var method = methods.Find(name.ToString()) ?? throw new RpcError(RpcError.MethodNotFound, "Method not found");
            var arguments = new RpcArguments(call.TryGetProperty("params", out var parameters) ? parameters : default, method.Parameters);
            var result = await method.Call(arguments, cancellationToken).ConfigureAwait(false);
            return (null, new JsonObject { ["result"] = result, ["error"] = null, ["id"] = id });
        }
        catch (RpcError e)
        {
            return (e.Code, Failure(id, e.Code, e.Message));
        }
        catch (IOException e)
        {
            return (RpcError.Miscellaneous, Failure(id, RpcError.Miscellaneous, e.Message));
        }
    }

    private static JsonObject Failure(JsonNode? id, int code, string message) => new()
    {
        ["result"] = null,
        ["error"] = new JsonObject { ["code"] = code, ["message"] = message },
        ["id"] = id,
    };
}
