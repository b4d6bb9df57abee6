using System.Text.Json;

namespace Etdb.Ledger.Searching;

/// <summary>A document as a query looks at it: values by path, lists and nested objects opened up. Walks with a stack of its own.</summary>
internal sealed class QueryDocument(JsonElement root)
{
    private List<JsonElement>? _all;

    /// <summary>True when a value of the field (of any field for null or <c>*</c>) passes.</summary>
    public bool Any(string? field, Predicate<JsonElement> test)
    {
        if (field is null or "*")
        {
            return (_all ??= Leaves(root)).Exists(test);
        }

        var isBelow = field.EndsWith(".*", StringComparison.Ordinal);
        foreach (var value in At(root, isBelow ? field[..^2] : field))
        {
            if (value.ValueKind == JsonValueKind.Object ? isBelow && Leaves(value).Exists(test) : test(value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when there is something at the path; null and empty lists are nothing.</summary>
    public bool Exists(string field)
    {
        foreach (var value in At(root, field.EndsWith(".*", StringComparison.Ordinal) ? field[..^2] : field))
        {
            if (value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first value at a path; null when there is none.</summary>
    public static JsonElement? First(JsonElement root, string path)
    {
        foreach (var value in At(root, path))
        {
            return value;
        }

        return null;
    }

    /// <summary>The values at a path: keys by their spelling, else in any case; lists are opened.</summary>
    private static List<JsonElement> At(JsonElement root, string path)
    {
        var values = new List<JsonElement> { root };
        foreach (var key in path.Split('.'))
        {
            var next = new List<JsonElement>();
            foreach (var value in values)
            {
                if (Child(value, key) is { } child)
                {
                    Open(child, next);
                }
            }

            values = next;
        }

        return values;
    }

    private static JsonElement? Child(JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (value.TryGetProperty(key, out var exact))
        {
            return exact;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (property.Name.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return null;
    }

    private static void Open(JsonElement value, List<JsonElement> into)
    {
        var left = new Stack<JsonElement>([value]);
        while (left.TryPop(out var next))
        {
            if (next.ValueKind != JsonValueKind.Array)
            {
                into.Add(next);
                continue;
            }

            for (var i = next.GetArrayLength() - 1; i >= 0; i--)
            {
                left.Push(next[i]);
            }
        }
    }

    private static List<JsonElement> Leaves(JsonElement value)
    {
        var leaves = new List<JsonElement>();
        var left = new Stack<JsonElement>([value]);
        while (left.TryPop(out var next))
        {
            switch (next.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var property in next.EnumerateObject())
                    {
                        left.Push(property.Value);
                    }

                    break;
                case JsonValueKind.Array:
                    foreach (var element in next.EnumerateArray())
                    {
                        left.Push(element);
                    }

                    break;
                default:
                    leaves.Add(next);
                    break;
            }
        }

        return leaves;
    }
}
