using System.Text.Json;
using System.Text.Json.Serialization;

namespace Etdb.Storage.Grains;

/// <summary>How grain states and messages look as JSON: camel case, enums by name, ids as plain strings, nothing written that is null.</summary>
public static class GrainJson
{
    /// <summary>The options; read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // Never part of a page; quotes within records would take six bytes each.
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            RespectNullableAnnotations = true,
            Converters = { new JsonStringEnumConverter(), new SingleValueJsonConverterFactory() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
