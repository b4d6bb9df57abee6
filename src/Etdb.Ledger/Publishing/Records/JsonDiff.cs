using System.Text.Json.Nodes;

namespace Etdb.Ledger.Publishing.Records;

/// <summary>The RFC 6902 patch that leads from one object to another: members compared by name, arrays replaced whole.</summary>
public static class JsonDiff
{
    /// <summary>Operations in document order: removals, then replacements and additions, member by member.</summary>
    public static JsonArray Diff(JsonObject from, JsonObject to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var patch = new JsonArray();
        var pending = new Stack<(string Path, JsonObject From, JsonObject To)>();
        pending.Push(("", from, to));
        while (pending.TryPop(out var next))
        {
            foreach (var (name, _) in next.From)
            {
                if (!next.To.ContainsKey(name))
                {
                    patch.Add(new JsonObject { ["op"] = "remove", ["path"] = Join(next.Path, name) });
                }
            }

            foreach (var (name, value) in next.To)
            {
                if (!next.From.TryGetPropertyValue(name, out var old))
                {
                    patch.Add(Operation("add", Join(next.Path, name), value));
                }
                else if (old is JsonObject oldObject && value is JsonObject newObject)
                {
                    pending.Push((Join(next.Path, name), oldObject, newObject));
                }
                else if (!JsonNode.DeepEquals(old, value))
                {
                    patch.Add(Operation("replace", Join(next.Path, name), value));
                }
            }
        }

        return patch;
    }

    private static JsonObject Operation(string op, string path, JsonNode? value) =>
        new() { ["op"] = op, ["path"] = path, ["value"] = value?.DeepClone() };

    private static string Join(string path, string name) =>
        $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
