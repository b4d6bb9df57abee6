using System.Text.Json;
using System.Text.Json.Nodes;

namespace Etdb.Ledger.Oip.Json;

/// <summary>Applies single operations in place. Growth is bounded by a budget of values and by the nesting limit, so that <c>copy</c> cannot double a document for ever.</summary>
internal static class JsonPatchStep
{
    /// <summary>False when the operation does not apply; the document may then be half changed and must be thrown away.</summary>
    public static bool TryApply(ref JsonNode? root, JsonPatchOperation operation, ref int budget)
    {
        var path = operation.Path;
        switch (operation.Op)
        {
            case "add":
                return TryTake(Node(operation.Value), path, ref budget, out var added) && TryAdd(ref root, path, added);
            case "replace":
                return path.TryFind(root, out _)
                    && TryTake(Node(operation.Value), path, ref budget, out var replacement)
                    && TryReplace(ref root, path, replacement);
            case "remove":
                return TryRemove(ref root, path, out _);
            case "copy":
                return operation.From!.TryFind(root, out var source)
                    && TryTake(source?.DeepClone(), path, ref budget, out var copy)
                    && TryAdd(ref root, path, copy);
            case "move":
                // A place cannot move into its own inside (RFC 6902, 4.4); onto itself it changes nothing.
                return operation.From!.TryFind(root, out _)
                    && (path.Tokens.Count == operation.From.Tokens.Count || !path.IsWithin(operation.From))
                    && TryRemove(ref root, operation.From, out var moved)
                    && TryTake(moved, path, ref budget, out moved)
                    && TryAdd(ref root, path, moved);
            default:
                return path.TryFind(root, out var actual) && JsonNode.DeepEquals(actual, Node(operation.Value));
        }
    }

    private static JsonNode? Node(JsonElement? value) => value is not { } element ? null : element.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(element)!.DeepClone(),
        JsonValueKind.Array => JsonArray.Create(element)!.DeepClone(),
        JsonValueKind.Null => null,
        _ => JsonValue.Create(element),
    };

    private static bool TryTake(JsonNode? value, JsonPointer target, ref int budget, out JsonNode? taken)
    {
        taken = value;
        var pending = new Stack<(JsonNode? Node, int Depth)>();
        pending.Push((value, target.Tokens.Count + 1));
        while (pending.TryPop(out var next))
        {
            if (--budget < 0 || next.Depth > OipLimits.MaxJsonDepth)
            {
                return false;
            }

            switch (next.Node)
            {
                case JsonObject members:
                    foreach (var (_, member) in members)
                    {
                        pending.Push((member, next.Depth + 1));
                    }

                    break;
                case JsonArray items:
                    foreach (var item in items)
                    {
                        pending.Push((item, next.Depth + 1));
                    }

                    break;
            }
        }

        return true;
    }

    private static bool TryAdd(ref JsonNode? root, JsonPointer path, JsonNode? value)
    {
        if (path.Tokens.Count == 0)
        {
            root = value;
            return true;
        }

        if (!path.Parent.TryFind(root, out var parent))
        {
            return false;
        }

        switch (parent)
        {
            case JsonObject members:
                members[path.Last] = value;
                return true;
            case JsonArray items when path.Last == "-":
                items.Add(value);
                return true;
            case JsonArray items when JsonPointer.ArrayIndex(path.Last, items.Count) is { } index:
                items.Insert(index, value);
                return true;
            default:
                return false;
        }
    }

    private static bool TryReplace(ref JsonNode? root, JsonPointer path, JsonNode? value)
    {
        if (path.Tokens.Count == 0)
        {
            root = value;
            return true;
        }

        path.Parent.TryFind(root, out var parent);
        switch (parent)
        {
            case JsonObject members:
                members[path.Last] = value;
                return true;
            case JsonArray items when JsonPointer.ArrayIndex(path.Last, items.Count - 1) is { } index:
                items[index] = value;
                return true;
            default:
                return false;
        }
    }

    private static bool TryRemove(ref JsonNode? root, JsonPointer path, out JsonNode? removed)
    {
        if (!path.TryFind(root, out removed))
        {
            return false;
        }

        if (path.Tokens.Count == 0)
        {
            root = null;
            return true;
        }

        path.Parent.TryFind(root, out var parent);
        switch (parent)
        {
            case JsonObject members:
                return members.Remove(path.Last);
            case JsonArray items when JsonPointer.ArrayIndex(path.Last, items.Count - 1) is { } index:
                items.RemoveAt(index);
                return true;
            default:
                return false;
        }
    }
}
