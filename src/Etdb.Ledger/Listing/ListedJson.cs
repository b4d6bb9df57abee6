using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Listing;

/// <summary>How entries of lists are written.</summary>
internal static class ListedJson
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As UTF-8, compact, letters as they are.</summary>
    public static ReadOnlyMemory<byte> Write(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Plain);
        node.WriteTo(writer);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Where a transaction stands.</summary>
    public static JsonObject Meta(ChainTransaction transaction) => new()
    {
        ["block_hash"] = transaction.BlockHash,
        ["txid"] = transaction.Txid,
        ["block"] = transaction.Height,
        ["time"] = transaction.Time,
    };
}
