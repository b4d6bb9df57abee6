using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Etdb.Ledger.Oip.Json;

/// <summary>
/// Reads JSON from strangers: bounded in size, depth and count, no duplicate keys, every string proper Unicode, so that later
/// code can walk the tree without meeting an exception. Numbers keep their text.
/// </summary>
public static class OipJson
{
    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = OipLimits.MaxJsonDepth,
        AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Disallow,
    };

    /// <summary>Parses one JSON value with nothing but white space after it. Bytes that are not UTF-8 count as U+FFFD, as history's tools had it.</summary>
    public static OipReason TryParse(ReadOnlySpan<byte> utf8, out JsonElement root)
    {
        root = default;
        if (utf8.Length > OipLimits.MaxRecordBytes)
        {
            return OipReason.TooLarge;
        }

        var reason = TryOpen(utf8.ToArray(), out var document);
        root = document?.RootElement ?? default;
        return reason;
    }

    /// <summary>The same without a copy: <paramref name="utf8"/> must stay as it is while the document is used. It may be disposed when nothing of it is kept.</summary>
    internal static OipReason TryOpen(ReadOnlyMemory<byte> utf8, out JsonDocument? document)
    {
        document = null;
        if (utf8.Length > OipLimits.MaxRecordBytes)
        {
            return OipReason.TooLarge;
        }

        var text = System.Text.Unicode.Utf8.IsValid(utf8.Span) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));

        // A value takes a byte at least, and only escapes can be half of a character: most records need no second look.
        var isPlain = text.Length <= OipLimits.MaxJsonNodes && !text.Span.Contains((byte)'\\');
        var strings = isPlain ? OipReason.None : CheckStrings(text.Span);
        if (strings != OipReason.None)
        {
            return strings;
        }

        try
        {
            document = JsonDocument.Parse(text, Options);
            return OipReason.None;
        }
        catch (JsonException)
        {
            // When the text can be read to its end, what is left to object to is a key that comes twice.
            return CheckStrings(text.Span) is var reason and not OipReason.None ? reason : OipReason.JsonDuplicateKey;
        }
    }

    private static OipReason CheckStrings(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = OipLimits.MaxJsonDepth });
        try
        {
            var nodes = 0;
            while (reader.Read())
            {
                if (++nodes > OipLimits.MaxJsonNodes)
                {
                    return OipReason.JsonInvalid;
                }

                if (reader.ValueIsEscaped)
                {
                    _ = reader.GetString(); // throws for half a surrogate pair
                }
            }

            return OipReason.None;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return OipReason.JsonInvalid;
        }
    }

    /// <summary>The property of that name: exact spelling first, then any case (file keys vary: <c>fname</c>, <c>fName</c>).</summary>
    public static JsonElement? Find(this JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (value.TryGetProperty(name, out var exact))
        {
            return exact;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return null;
    }

    /// <summary>The object of that name, or null.</summary>
    public static JsonElement? FindObject(this JsonElement value, string name) =>
        value.Find(name) is { ValueKind: JsonValueKind.Object } found ? found : null;

    /// <summary>The string of that name, or null.</summary>
    public static string? FindText(this JsonElement value, string name) =>
        value.Find(name) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    /// <summary>The whole number of that name in any form (<c>1</c>, <c>1.0</c>, <c>1e3</c>, <c>"1"</c>), or null.</summary>
    public static long? FindInteger(this JsonElement value, string name) => value.Find(name) is { } found ? Integer(found) : null;

    /// <summary>The number of that name in any form, or null.</summary>
    public static double? FindNumber(this JsonElement value, string name)
    {
        if (value.Find(name) is not { } found)
        {
            return null;
        }

        var text = found.ValueKind switch
        {
            JsonValueKind.Number => found.GetRawText(),
            JsonValueKind.String => found.GetString()!.Trim(),
            _ => "",
        };
        return text.Length <= OipLimits.MaxFieldChars
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null;
    }

    private static long? Integer(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out var exact))
            {
                return exact;
            }

            return value.TryGetDouble(out var real) && double.IsInteger(real) && Math.Abs(real) < 9e15 ? (long)real : null;
        }

        return value.ValueKind == JsonValueKind.String
            && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
    }
}
