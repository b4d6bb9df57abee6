using System.Text.Json;
using Etdb.Ledger.Listing;
using Etdb.Ledger.Oip;

namespace Etdb.Silo.Api.OldClients;

/// <summary>A record as the daemon of 2018 showed it: <c>{"oip042":{"artifact":{…}},"txid","publisher"}</c>, and the like for older records. Always what holds of it, under the id of its publication.</summary>
internal static class BrowserRecord
{
    public static void Write(Utf8JsonWriter writer, ListedVersion record, string? publisherName)
    {
        var artifact = record.Artifact;
        writer.WriteStartObject();
        switch (artifact.Format)
        {
            case RecordFormat.Oip042:
                writer.WriteStartObject("oip042");
                Write(writer, "artifact", artifact.Json);
                writer.WriteEndObject();
                break;
            case RecordFormat.Oip041:
                writer.WriteStartObject("oip-041");
                Write(writer, "artifact", artifact.Json);
                writer.WriteString("signature", artifact.OuterSignature);
                writer.WriteEndObject();
                break;
            default:
                WriteMedia(writer, record);
                break;
        }

        writer.WriteString("txid", record.Record.Txid);
        writer.WriteString("publisher", artifact.Address);
        if (publisherName is not null)
        {
            writer.WriteString("publisherName", publisherName);
        }

        writer.WriteEndObject();
    }

    /// <summary>A record as the first daemon listed media. Newer ones are told in Alexandria's words, so that bots of that time find what to pin.</summary>
    public static void WriteListedMedia(Utf8JsonWriter writer, ListedVersion record, string publisherName)
    {
        writer.WriteStartObject();
        WriteMedia(writer, record);
        writer.WriteString("txid", record.Record.Txid);
        writer.WriteNumber("block", record.Version.Place.Height);
        writer.WriteString("publisher-name", publisherName);
        writer.WriteEndObject();
    }

    private static void WriteMedia(Utf8JsonWriter writer, ListedVersion record)
    {
        var artifact = record.Artifact;
        writer.WriteStartObject("media-data");
        if (artifact.Format == RecordFormat.AlexandriaMedia)
        {
            Write(writer, "alexandria-media", artifact.Json);
            writer.WriteString("signature", artifact.OuterSignature);
        }
        else
        {
            writer.WriteStartObject("alexandria-media");
            writer.WriteString("torrent", artifact.Location);
            writer.WriteString("publisher", artifact.Address);
            writer.WriteNumber("timestamp", OipTime.Milliseconds(artifact.Timestamp));
            writer.WriteString("type", artifact.Type);
            writer.WriteStartObject("info");
            writer.WriteString("title", artifact.Title);
            writer.WriteNumber("size", artifact.BytesDeclared);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, string json)
    {
        writer.WritePropertyName(name);
        OldAnswers.Raw(writer, System.Text.Encoding.UTF8.GetBytes(json));
    }
}
