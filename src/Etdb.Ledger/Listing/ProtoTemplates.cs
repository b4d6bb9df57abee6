using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>The templates that OIP 5 records name, each looked up in the chain once; for the time of one answer.</summary>
public sealed class ProtoTemplates(TransactionList list)
{
    private const string TypePrefix = "type.googleapis.com/oipProto.templates.";
    private readonly Dictionary<string, ProtoShape?> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Fields of a template as Elasticsearch maps them (<c>record.details.tmpl_….field</c>); empty when the template is not in the chain.</summary>
    public JsonObject Mapping(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var mapping = new JsonObject();
        foreach (var field in Find(template)?.Fields.Values ?? [])
        {
            var path = $"record.details.{template}.{field.Name}";
            var type = field.Type switch { 1 or 2 => "float", 8 => "boolean", 5 or 7 or 13 or 15 or 17 => "long", _ => "text" };
            var shape = new JsonObject { ["type"] = type };
            if (type == "text")
            {
                shape["fields"] = new JsonObject { ["keyword"] = new JsonObject { ["type"] = "keyword", ["ignore_above"] = 256 } };
                mapping[path + ".keyword"] = new JsonObject { ["full_name"] = path + ".keyword", ["mapping"] = new JsonObject { ["keyword"] = new JsonObject { ["type"] = "keyword", ["ignore_above"] = 256 } } };
            }

            mapping[path] = new JsonObject { ["full_name"] = path, ["mapping"] = new JsonObject { [field.Name] = shape } };
        }

        return mapping;
    }

    // OipFive { 2 record { 7 details { 1 any { 1 type_url, 2 value } } } }
    internal JsonObject Details(ReadOnlyMemory<byte> payload)
    {
        var details = new JsonObject();
        Within(payload, 2, record => Within(record, 7, all => Within(all, 1, any =>
        {
            var (type, value) = ("", ReadOnlyMemory<byte>.Empty);
            ProtoFields.TryEach(any, field =>
            {
                (type, value) = field.Number switch { 1 => (Encoding.UTF8.GetString(field.Bytes.Span), value), 2 => (type, field.Bytes), _ => (type, value) };
                return true;
            });
            var name = type.StartsWith(TypePrefix, StringComparison.Ordinal) ? type[TypePrefix.Length..] : type;
            details[name] = Find(name)?.ToJson(value) ?? new JsonObject { ["raw"] = Convert.ToBase64String(value.Span) };
        })));
        return details;
    }

    // OipFive { 1 record_template { 1 friendly_name, 2 description, 4 descriptor_set } }
    internal static (string Name, string Description, ReadOnlyMemory<byte> Descriptors) Template(ReadOnlyMemory<byte> payload)
    {
        var (name, description, descriptors) = ("", "", ReadOnlyMemory<byte>.Empty);
        Within(payload, 1, template => ProtoFields.TryEach(template, field =>
        {
            switch (field.Number)
            {
                case 1:
                    name = Encoding.UTF8.GetString(field.Bytes.Span);
                    break;
                case 2:
                    description = Encoding.UTF8.GetString(field.Bytes.Span);
                    break;
                case 4:
                    descriptors = field.Bytes;
                    break;
            }

            return true;
        }));
        return (name, description, descriptors);
    }

    private static void Within(ReadOnlyMemory<byte> message, ulong number, Action<ReadOnlyMemory<byte>> look) => ProtoFields.TryEach(message, field =>
    {
        if (field.Number == number)
        {
            look(field.Bytes);
        }

        return true;
    });

    /// <summary>A template is named by the first eight digits of its id; of several the oldest is meant.</summary>
    private ProtoShape? Find(string name)
    {
        if (_known.TryGetValue(name, out var known))
        {
            return known;
        }

        var id = name.StartsWith("tmpl_", StringComparison.Ordinal) && name.Length == 13 ? name[5..].ToLowerInvariant() : null;
        var template = id is null || !id.All(char.IsAsciiHexDigit) ? null
            : list.StartingWith(id).LastOrDefault(t => t.Kind == ListedKind.ProtoTemplate || t.Holds == ListedKind.ProtoTemplate);
        return _known[name] = template is not null && list.Proto(template) is { } message ? ProtoShape.Read(Template(message.Payload).Descriptors) : null;
    }
}
