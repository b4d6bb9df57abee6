using System.Globalization;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Oip.Json;

/// <summary>A place in a JSON value (RFC 6901). Parsing unescapes <c>~1</c> and <c>~0</c>; anything else after <c>~</c> is an error.</summary>
public sealed class JsonPointer
{
    private readonly string[] _tokens;

    private JsonPointer(string[] tokens) => _tokens = tokens;

    /// <summary>Unescaped reference tokens; none for the whole document.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The pointer without its last token.</summary>
    public JsonPointer Parent => new(_tokens[..^1]);

    /// <summary>The last token.</summary>
    public string Last => _tokens[^1];

    /// <summary>Parses a pointer; null when it is not one or is deeper than any value read here.</summary>
    public static JsonPointer? TryParse(string? text)
    {
        if (text is null || (text.Length > 0 && text[0] != '/'))
        {
            return null;
        }

        if (text.Length == 0)
        {
            return new JsonPointer([]);
        }

        var parts = text[1..].Split('/', OipLimits.MaxJsonDepth + 1);
        if (parts.Length > OipLimits.MaxJsonDepth)
        {
            return null;
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (Unescape(parts[i]) is not { } token)
            {
                return null;
            }

            parts[i] = token;
        }

        return new JsonPointer(parts);
    }

    private static string? Unescape(string token)
    {
        for (var i = token.IndexOf('~', StringComparison.Ordinal); i >= 0; i = token.IndexOf('~', i + 1))
        {
            if (i + 1 >= token.Length || token[i + 1] is not ('0' or '1'))
            {
                return null;
            }
        }

        return token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }

    /// <summary>True when this place lies inside <paramref name="other"/> (or is it).</summary>
    public bool IsWithin(JsonPointer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _tokens.Length >= other._tokens.Length && _tokens.AsSpan(0, other._tokens.Length).SequenceEqual(other._tokens);
    }

    /// <summary>Finds the value; false when there is none. A JSON null is found as null.</summary>
    public bool TryFind(JsonNode? root, out JsonNode? value)
    {
        value = root;
        foreach (var token in _tokens)
        {
            switch (value)
            {
                case JsonObject members when members.TryGetPropertyValue(token, out var member):
                    value = member;
                    break;
                case JsonArray items when ArrayIndex(token, items.Count - 1) is { } index:
                    value = items[index];
                    break;
                default:
                    value = null;
                    return false;
            }
        }

        return true;
    }

    /// <summary>An array index without leading zeros, at most <paramref name="highest"/>; null otherwise.</summary>
    public static int? ArrayIndex(string token, int highest)
    {
        ArgumentNullException.ThrowIfNull(token);
        var plain = token.Length is > 0 and < 10 && token.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 && (token.Length == 1 || token[0] != '0');
        return plain && int.Parse(token, CultureInfo.InvariantCulture) is var index && index <= highest ? index : null;
    }
}
