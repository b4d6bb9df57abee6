using System.Text.Json;

namespace Etdb.Ledger.Flo.Rpc;

/// <summary>Matches a JSON-RPC body to the calls it answers. Answers may come in any order; each must be there exactly once.</summary>
internal static class RpcDecoder
{
    private const int MaxMessage = 500;
    private const int Unknown = -1;

    /// <summary>What <paramref name="read"/> makes of each answer; their results live as long as <paramref name="body"/>.</summary>
    public static T[] Decode<T>(JsonElement body, int calls, long firstId, Uri node, Func<int, RpcAnswer, T> read)
    {
        // A node that rejects a whole batch answers with one object.
        if (body.ValueKind == JsonValueKind.Object)
        {
            var only = ReadAnswer(body, node);
            return calls == 1 || !only.Succeeded
                ? [.. Enumerable.Range(0, calls).Select(i => read(i, CheckReady(only, node)))]
                : throw Malformed(node, "one answer to a batch");
        }

        if (body.ValueKind != JsonValueKind.Array || body.GetArrayLength() != calls)
        {
            throw Malformed(node, "a body that is not one answer for each call");
        }

        var answers = new T[calls];
        var isAnswered = new bool[calls];
        foreach (var element in body.EnumerateArray())
        {
            var index = IndexOf(element, firstId);
            if (index < 0 || index >= answers.Length || isAnswered[index])
            {
                throw Malformed(node, "an answer with an id that was not asked for");
            }

            isAnswered[index] = true;
            answers[index] = read((int)index, CheckReady(ReadAnswer(element, node), node));
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

        return element.TryGetProperty("result", out var result) ? new RpcAnswer(result, null, null) : throw Malformed(node, "an answer without result and error");
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
