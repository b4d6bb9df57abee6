using System.Globalization;
using System.Text.Json;

namespace Etdb.Ledger.Publishing.Records;

/// <summary>
/// Details as people write them, brought to the names and types of Table 1 of the ETDB paper: names in any case and with the typing error of 2018, numbers given as
/// text, dates in ISO 8601. A zero stays, null is left out, names that are not in the table are kept as they are.
/// </summary>
public static class TomogramDetails
{
    private const string Date = "date";

    private static readonly string[] Whole = [Date, "NCBItaxID", "tiltSingleDual"];
    private static readonly string[] Fractional = ["defocus", "dosage", "tiltConstant", "tiltMin", "tiltMax", "tiltStep", "magnification"];

    private static readonly string[] Texts =
    [
        "artNotes", "scopeName", "speciesName", "strain", "emdb", "microscopist", "institution", "lab", "sid", "swAcquisition", "swReconstruction",
    ];

    private static readonly Dictionary<string, string> Names = Whole.Concat(Fractional).Concat(Texts).Append("NBCItaxID")
        .ToDictionary(n => n, n => n == "NBCItaxID" ? "NCBItaxID" : n, StringComparer.OrdinalIgnoreCase);

    /// <summary>The details, in the order given.</summary>
    /// <exception cref="FormatException">A name comes twice, or a value is not what its name asks for.</exception>
    public static IReadOnlyList<KeyValuePair<string, JsonElement>> Read(IEnumerable<KeyValuePair<string, JsonElement>> details)
    {
        ArgumentNullException.ThrowIfNull(details);
        var read = new List<KeyValuePair<string, JsonElement>>();
        foreach (var (given, value) in details.Where(d => d.Value.ValueKind != JsonValueKind.Null))
        {
            var name = Names.GetValueOrDefault(given, given);
            if (read.Exists(r => r.Key == name))
            {
                throw new FormatException($"the detail {name} comes twice.");
            }

            read.Add(KeyValuePair.Create(name, Value(name, value)));
        }

        return read;
    }

    private static JsonElement Value(string name, JsonElement value)
    {
        if (Whole.Contains(name))
        {
            return JsonSerializer.SerializeToElement(WholeNumber(name, value));
        }

        if (Fractional.Contains(name))
        {
            return value.ValueKind == JsonValueKind.Number ? value
                : double.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonSerializer.SerializeToElement(number)
                : throw Wrong(name, value, "a number with a point, such as -8.5");
        }

        return !Texts.Contains(name) || value.ValueKind == JsonValueKind.String ? value : throw Wrong(name, value, "text");
    }

    private static long WholeNumber(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 1L << 53)
        {
            return (long)number;
        }

        var text = Text(value);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }

        string[] forms = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK"];
        return name == Date && DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date.ToUnixTimeSeconds()
            : throw Wrong(name, value, name == Date ? "a day such as 2018-03-02, or Unix seconds" : "a whole number");
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : "";

    private static FormatException Wrong(string name, JsonElement value, string expected)
    {
        const int Shown = 40;
        var text = value.GetRawText();
        return new FormatException($"the detail {name} is {(text.Length > Shown ? text[..Shown] + "…" : text)}; it takes {expected}.");
    }
}
