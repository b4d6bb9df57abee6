using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Etdb.Cli.CommandLine;

/// <summary>
/// What a command may print: its answer on stdout (one JSON document with <c>--json</c>), everything else on stderr.
/// </summary>
public sealed class CliOutput(TextWriter answer, TextWriter messages, bool json)
{
    /// <summary>Key names in camelCase, unescaped non-ASCII, nulls kept: a key that is documented is always there.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>True when the caller asked for <c>--json</c>.</summary>
    public bool IsJson { get; } = json;

    /// <summary>Where the answer goes.</summary>
    public TextWriter Answer { get; } = answer;

    /// <summary>Where progress, warnings and errors go.</summary>
    public TextWriter Messages { get; } = messages;

    /// <summary>Prints the answer: always JSON.</summary>
    public void WriteJson<T>(T value) => Answer.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    /// <summary>Prints the answer: JSON with <c>--json</c>, else whatever <paramref name="text"/> writes.</summary>
    public void Write<T>(T value, Action<TextWriter> text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsJson)
        {
            WriteJson(value);
        }
        else
        {
            text(Answer);
        }
    }
}
