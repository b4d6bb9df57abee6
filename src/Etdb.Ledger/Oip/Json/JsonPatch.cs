using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Oip.Json;

/// <summary>One operation of a patch.</summary>
/// <param name="Op">add, remove, replace, move, copy or test.</param>
/// <param name="Path">Target.</param>
/// <param name="From">Source of move and copy; null otherwise.</param>
/// <param name="Value">Operand of add, replace and test; may be a JSON null.</param>
public sealed record JsonPatchOperation(string Op, JsonPointer Path, JsonPointer? From, JsonElement? Value);

/// <summary>
/// JSON Patch (RFC 6902) on a copy of the document: all operations apply or none. Also reads the "squashed" form of 2018
/// (<c>{"add":[{path,value}],"replace":[…],"remove":[path or {path}]}</c>), which expands in that order.
/// </summary>
public sealed class JsonPatch
{
    private JsonPatch(IReadOnlyList<JsonPatchOperation> operations) => Operations = operations;

    /// <summary>Operations in the order they apply.</summary>
    public IReadOnlyList<JsonPatchOperation> Operations { get; }

    /// <summary>Reads either form; null when it is neither, or beyond <see cref="OipLimits.MaxPatchOperations"/>.</summary>
    public static JsonPatch? TryParse(JsonElement patch)
    {
        var operations = new List<JsonPatchOperation>();
        var understood = patch.ValueKind switch
        {
            JsonValueKind.Array => ReadList(patch, operations),
            JsonValueKind.Object => ReadSquashed(patch, operations),
            _ => false,
        };
        return understood ? new JsonPatch(operations) : null;
    }

    private static bool ReadList(JsonElement patch, List<JsonPatchOperation> operations)
    {
        if (patch.GetArrayLength() > OipLimits.MaxPatchOperations)
        {
            return false;
        }

        foreach (var item in patch.EnumerateArray())
        {
            if (item.FindText("op") is not { } op || !ReadOperation(op, item, operations))
            {
                return false;
            }
        }

        return true;
    }

    private static bool ReadSquashed(JsonElement patch, List<JsonPatchOperation> operations)
    {
        string[] known = ["add", "replace", "remove", "test", "move", "copy"];
        foreach (var group in patch.EnumerateObject())
        {
            if (!known.Contains(group.Name) || group.Value.ValueKind != JsonValueKind.Array)
            {
                return false;
            }
        }

        foreach (var op in known)
        {
            if (!patch.TryGetProperty(op, out var items))
            {
                continue;
            }

            foreach (var item in items.EnumerateArray())
            {
                if (operations.Count >= OipLimits.MaxPatchOperations || !ReadOperation(op, item, operations))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool ReadOperation(string op, JsonElement item, List<JsonPatchOperation> operations)
    {
        var pathText = item.ValueKind == JsonValueKind.String && op == "remove" ? item.GetString() : item.FindText("path");
        if (JsonPointer.TryParse(pathText) is not { } path)
        {
            return false;
        }

        var value = item.ValueKind == JsonValueKind.Object ? item.Find("value") : null;
        var from = item.ValueKind == JsonValueKind.Object ? JsonPointer.TryParse(item.FindText("from")) : null;
        var complete = op switch
        {
            "add" or "replace" or "test" => value is not null,
            "move" or "copy" => from is not null,
            "remove" => true,
            _ => false,
        };
        if (complete)
        {
            operations.Add(new JsonPatchOperation(op, path, from, value));
        }

        return complete;
    }

    /// <summary>The patched copy of <paramref name="document"/>; null when an operation does not apply or the result would pass the limits.</summary>
    public JsonObject? TryApply(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        JsonNode? root = document.DeepClone();
        var budget = OipLimits.MaxJsonNodes;
        foreach (var operation in Operations)
        {
            if (!JsonPatchStep.TryApply(ref root, operation, ref budget))
            {
                return null;
            }
        }

        return root as JsonObject;
    }
}
