using System.Buffers;
using System.Text.Json;
using Etdb.Ledger.Indexing;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>One version of a record: <c>{"artifact":…,"meta":{…}}</c>. Refers to what the index holds; copies nothing.</summary>
/// <param name="Record">The record.</param>
/// <param name="Number">1 for the publication.</param>
/// <param name="Blocks">Tells block ids.</param>
public sealed record ListedVersion(IndexedRecord Record, int Number, BlockNames Blocks) : Listed
{
    private static readonly JsonWriterOptions Written = new() { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The version.</summary>
    public RecordVersion Version => Record.Versions[Number - 1];

    /// <summary>What is in it.</summary>
    public Artifact Artifact => Version.Artifact;

    /// <summary>It is what holds now.</summary>
    public bool IsLatest => Number == Record.Versions.Count;

    /// <inheritdoc/>
    public override long Time => Version.Place.Time;

    /// <inheritdoc/>
    public override string Txid => Version.Place.Txid;

    /// <summary>True for a type and subtype, in any case; null asks for any, an empty text for none.</summary>
    public bool IsOf(string? type, string? subtype) =>
        (type is null || Artifact.Type.Equals(type, StringComparison.OrdinalIgnoreCase)) && (subtype is null || Artifact.Subtype.Equals(subtype, StringComparison.OrdinalIgnoreCase));

    /// <summary>Marked as not for everybody (<c>info.nsfw</c>).</summary>
    public bool IsUnsafe
    {
        get
        {
            if (!Artifact.Json.Contains("nsfw", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            using var document = JsonDocument.Parse(Artifact.Json);
            return Searching.QueryDocument.First(document.RootElement, "info.nsfw") is { } mark
                && (mark.ValueKind == JsonValueKind.True || (mark.ValueKind == JsonValueKind.String && mark.GetString() == "true"));
        }
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(Artifact.Json.Length + 400);
        using var writer = new Utf8JsonWriter(buffer, Written);
        writer.WriteStartObject();
        writer.WritePropertyName("artifact");
        writer.WriteRawValue(Artifact.Json, skipInputValidation: true);
        writer.WriteStartObject("meta");
        writer.WriteString("block_hash", Blocks.At(Version.Place.Height));
        writer.WriteString("txid", Txid);
        if (Artifact.Format == RecordFormat.Oip042)
        {
            writer.WriteString("originalTxid", Record.Txid);
        }

        writer.WriteNumber("block", Version.Place.Height);
        writer.WriteNumber("time", Time);
        writer.WriteString("type", Artifact.Format switch
        {
            RecordFormat.Oip042 => "oip042",
            RecordFormat.Oip041 => "oip041",
            _ => "alexandria-media",
        });
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
