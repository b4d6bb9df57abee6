using System.Text.Json;

namespace Etdb.Ledger.Flo.Rpc;

/// <summary>Matches a JSON-RPC body to the calls it answers. Answers may come in any order; each must be there exactly once.</summary>
internal static class RpcDecoder
{
    private const int MaxMessage = 500;
    private const int Unknown = -1;

    public static RpcAnswer[] Decode(JsonElement body, IReadOnlyList<RpcCall> calls, long firstId, Uri node)
    {
        // A node that rejects a whole batch answers with one object.
        if (body.ValueKind == JsonValueKind.Object)
        {
            var only = ReadAnswer(body, node);
            return calls.Count == 1 || !only.Succeeded ? Enumerable.Repeat(CheckReady(only, node), calls.Count).ToArray() : throw Malformed(node, "one answer to a batch");
        }

        if (body.ValueKind != JsonValueKind.Array || body.GetArrayLength() != calls.Count)
        {
            throw Malformed(node, "a body that is not one answer for each call");
        }

        var answers = new RpcAnswer[calls.Count];
        foreach (var element in body.EnumerateArray())
        {
            var index = IndexOf(element, firstId);
            if (index < 0 || index >= answers.Length || answers[index] is not null)
            {
                throw Malformed(node, "an answer with an id that was not asked for");
            }

            answers[index] = CheckReady(ReadAnswer(element, node), node);
        }

        return answers;
    }

    private static long IndexOf(JsonElement element, long firstId) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var number)
            ? number - firstId
            : -1;

    private static RpcAnswer ReadAnswer(JsonElement element, Uri node)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Malformed(node, "an answer that is not an object");
        }

        if (element.TryGetProperty("error", out var error) && error.ValueKind is not JsonValueKind.Null)
        {
            var code = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("code", out var c) && c.ValueKind == JsonValueKind.Number && c.TryGetInt32(out var n)
                ? n
                : Unknown;
            return new RpcAnswer(default, code, Message(error));
        }

        return element.TryGetProperty("result", out var result) ? new RpcAnswer(result.Clone(), null, null) : throw Malformed(node, "an answer without result and error");
    }

    private static string Message(JsonElement error)
    {
        var text = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var m) && m.ValueKind == JsonValueKind.String ? m : error;
        var raw = text.GetRawText().Trim('"');
        return raw.Length <= MaxMessage ? raw : raw[..MaxMessage] + "…";
    }

    private static RpcAnswer CheckReady(RpcAnswer answer, Uri node) => answer.ErrorCode is { } code && RpcTransport.IsWarmingUp(code)
        ? throw new FloNodeException(FloNodeFailure.Busy, $"{node} is starting: {answer.ErrorMessage}", code)
        : answer;

    private static FloNodeException Malformed(Uri node, string what) => new(FloNodeFailure.Malformed, $"{node} gave {what}.");
}
