using System.Text;
using System.Text.Json;

namespace Etdb.Ledger.Flo.Rpc;

/// <summary>Reads floData from a node's decoded transaction, whatever the node calls it.</summary>
public static class NodeJson
{
    /// <summary>
    /// The comment's bytes: exactly from <c>hex</c> when that is there; else <c>floData</c>, or <c>tx-comment</c> of nodes before 0.15, as UTF-8 text or as
    /// fcoin's <c>{"type":"Buffer","data":[…]}</c>. A missing field is an empty comment (flod-go leaves empty ones out). Throws
    /// <see cref="FormatException"/> when the text is not UTF-8 or the form is unknown.
    /// </summary>
    public static byte[] ReadFloData(JsonElement transaction)
    {
        if (transaction.TryGetProperty("hex", out var hex) && hex.ValueKind == JsonValueKind.String)
        {
            return FloTransaction.ParseHex(hex.GetString()!).FloData.ToArray();
        }

        if (!transaction.TryGetProperty("floData", out var comment) && !transaction.TryGetProperty("tx-comment", out comment))
        {
            return [];
        }

        return comment.ValueKind switch
        {
            JsonValueKind.Null => [],
            JsonValueKind.String => ReadText(comment),
            JsonValueKind.Object when comment.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array => ReadBuffer(data),
            _ => throw new FormatException("floData has an unknown form."),
        };
    }

    private static byte[] ReadText(JsonElement comment)
    {
        try
        {
            return Encoding.UTF8.GetBytes(comment.GetString()!);
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("floData is not UTF-8; ask for the transaction's hex.", e);
        }
    }

    private static byte[] ReadBuffer(JsonElement data) =>
        [.. data.EnumerateArray().Select(b => b.ValueKind == JsonValueKind.Number && b.TryGetByte(out var value) ? value : throw new FormatException("floData has an entry that is no byte."))];
}
