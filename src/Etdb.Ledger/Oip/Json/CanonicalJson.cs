using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Etdb.Ledger.Oip.Json;

/// <summary>
/// The JSON Canonicalization Scheme (RFC 8785): one text for one value, whatever the order of keys, white space or spelling of
/// numbers. Values outside I-JSON (numbers a double cannot hold, for example integers beyond 2^53) have no canonical form.
/// </summary>
public static class CanonicalJson
{
    private const long MaxSafeInteger = 9_007_199_254_740_991;

    /// <summary>Canonical text, leaving out the named members of the top-level object.</summary>
    /// <exception cref="FormatException">A number that a double cannot hold.</exception>
    public static string Serialize(JsonElement value, params ReadOnlySpan<string> except) => Write(value, canonical: true, except);

    /// <summary>
    /// Compact text in the order the keys have, with Go's escapes and numbers as they are written: the spelling of go-etdb, so that
    /// old and new records look alike in the chain.
    /// </summary>
    public static string SerializeAsGo(JsonElement value) => Write(value, canonical: false, []);

    private static string Write(JsonElement value, bool canonical, ReadOnlySpan<string> except)
    {
        var output = new StringBuilder();
        var pending = new Stack<Step>();
        WriteValue(output, pending, value, canonical, except);
        while (pending.TryPop(out var step))
        {
            output.Append(step.Text);
            if (step.Key is not null)
            {
                JsonText.AppendString(output, step.Key, go: !canonical);
                output.Append(':');
            }

            if (step.Value is { } next)
            {
                WriteValue(output, pending, next, canonical, []);
            }
        }

        return output.ToString();
    }

    /// <summary>SHA-256 of the canonical text as lower-case hex; null when there is no canonical form.</summary>
    public static string? Digest(JsonElement value, params ReadOnlySpan<string> except)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Serialize(value, except))));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>What is still to be written: <paramref name="Text"/>, then <paramref name="Key"/>, then <paramref name="Value"/>.</summary>
    private readonly record struct Step(string Text, string? Key, JsonElement? Value);

    private static void WriteValue(StringBuilder output, Stack<Step> pending, JsonElement value, bool canonical, ReadOnlySpan<string> except)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                PushObject(pending, value, canonical, except);
                break;
            case JsonValueKind.Array:
                PushArray(pending, value);
                break;
            case JsonValueKind.String:
                JsonText.AppendString(output, value.GetString(), go: !canonical);
                break;
            case JsonValueKind.Number:
                output.Append(canonical ? Number(value) : value.GetRawText());
                break;
            case JsonValueKind.True:
                output.Append("true");
                break;
            case JsonValueKind.False:
                output.Append("false");
                break;
            default:
                output.Append("null");
                break;
        }
    }

    private static void PushObject(Stack<Step> pending, JsonElement value, bool canonical, ReadOnlySpan<string> except)
    {
        var members = new List<JsonProperty>();
        foreach (var property in value.EnumerateObject())
        {
            if (!except.Contains(property.Name))
            {
                members.Add(property);
            }
        }

        if (canonical)
        {
            // UTF-16 code units, RFC 8785 3.2.3.
            members.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        }

        pending.Push(new Step(members.Count == 0 ? "{}" : "}", null, null));
        for (var i = members.Count - 1; i >= 0; i--)
        {
            pending.Push(new Step(i == 0 ? "{" : ",", members[i].Name, members[i].Value));
        }
    }

    private static void PushArray(Stack<Step> pending, JsonElement value)
    {
        var count = value.GetArrayLength();
        pending.Push(new Step(count == 0 ? "[]" : "]", null, null));
        for (var i = count - 1; i >= 0; i--)
        {
            pending.Push(new Step(i == 0 ? "[" : ",", null, value[i]));
        }
    }

    private static string Number(JsonElement value)
    {
        if (value.TryGetInt64(out var whole) && Math.Abs((decimal)whole) > MaxSafeInteger)
        {
            throw new FormatException("An integer beyond 2^53 has no canonical form.");
        }

        if (!value.TryGetDouble(out var number) || !double.IsFinite(number))
        {
            throw new FormatException("A number beyond the range of a double has no canonical form.");
        }

        if (double.IsInteger(number) && Math.Abs(number) > MaxSafeInteger && value.GetRawText().AsSpan().IndexOfAny("eE.") < 0)
        {
            throw new FormatException("An integer beyond 2^53 has no canonical form.");
        }

        return JsonText.Number(number);
    }
}
