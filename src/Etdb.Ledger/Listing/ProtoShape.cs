using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Etdb.Ledger.Oip;

namespace Etdb.Ledger.Listing;

/// <summary>One field of a template.</summary>
/// <param name="Name">Name in JSON.</param>
/// <param name="Type">Type as protobuf numbers them (descriptor.proto): 1 double … 18 sint64.</param>
/// <param name="IsList">It may come more than once.</param>
/// <param name="TypeName">Full name of its message or enumeration.</param>
internal sealed record ProtoShapeField(string Name, int Type, bool IsList, string TypeName);

/// <summary>
/// The messages of a template's descriptor, enough to write them as JSON the way protobuf maps them (protobuf.dev/programming-guides/json): 64-bit numbers and bytes as text,
/// what is not there left out. Unknown fields are left out, and so is what does not fit its type.
/// </summary>
internal sealed class ProtoShape
{
    private const int MaxDepth = 16;
    private const int MaxFields = 4096;
    private readonly Dictionary<string, Dictionary<ulong, ProtoShapeField>> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<ulong, string>> _words = new(StringComparer.Ordinal);
    private int _fields;

    private ProtoShape()
    {
    }

    /// <summary>Fields of the template itself, by their number.</summary>
    public IReadOnlyDictionary<ulong, ProtoShapeField> Fields { get; private set; } = new Dictionary<ulong, ProtoShapeField>();

    /// <summary>Reads a <c>FileDescriptorSet</c>; null when it is none or holds no message <c>P</c>.</summary>
    public static ProtoShape? Read(ReadOnlyMemory<byte> descriptorSet)
    {
        var shape = new ProtoShape();
        var read = ProtoFields.TryEach(descriptorSet, file => file.Number != 1 || shape.ReadFile(file.Bytes));
        var main = shape._messages.FirstOrDefault(m => m.Key.EndsWith(".P", StringComparison.Ordinal));
        if (!read || main.Value is null)
        {
            return null;
        }

        shape.Fields = main.Value;
        return shape;
    }

    // FileDescriptorProto { 2 package, 4 message_type, 5 enum_type }
    private bool ReadFile(ReadOnlyMemory<byte> file)
    {
        var package = "";
        var messages = new Stack<(string Within, ReadOnlyMemory<byte> Bytes, int Depth)>();
        var enums = new List<(string Within, ReadOnlyMemory<byte> Bytes)>();
        var read = ProtoFields.TryEach(file, field =>
        {
            switch (field.Number)
            {
                case 2:
                    package = "." + Text(field.Bytes);
                    break;
                case 4:
                    messages.Push(("", field.Bytes, 0));
                    break;
                case 5:
                    enums.Add(("", field.Bytes));
                    break;
            }

            return true;
        });
        while (read && messages.TryPop(out var message))
        {
            read = message.Depth < MaxDepth && ReadMessage(message.Within.Length == 0 ? package : message.Within, message.Bytes, message.Depth, messages, enums);
        }

        return read && enums.TrueForAll(e => ReadEnum(e.Within.Length == 0 ? package : e.Within, e.Bytes));
    }

    // DescriptorProto { 1 name, 2 field, 3 nested_type, 4 enum_type }
    private bool ReadMessage(
        string within, ReadOnlyMemory<byte> bytes, int depth, Stack<(string Within, ReadOnlyMemory<byte> Bytes, int Depth)> messages, List<(string Within, ReadOnlyMemory<byte> Bytes)> enums)
    {
        var name = "";
        if (!ProtoFields.TryEach(bytes, field =>
        {
            name = field.Number == 1 ? within + "." + Text(field.Bytes) : name;
            return true;
        }))
        {
            return false;
        }

        var fields = new Dictionary<ulong, ProtoShapeField>();
        var read = ProtoFields.TryEach(bytes, field =>
        {
            switch (field.Number)
            {
                case 2:
                    var (number, shape) = ReadField(field.Bytes);
                    fields[number] = shape;
                    return ++_fields <= MaxFields;
                case 3:
                    messages.Push((name, field.Bytes, depth + 1));
                    break;
                case 4:
                    enums.Add((name, field.Bytes));
                    break;
            }

            return true;
        });
        _messages[name] = fields;
        return read;
    }

    // FieldDescriptorProto { 1 name, 3 number, 4 label (3: repeated), 5 type, 6 type_name, 10 json_name }
    private static (ulong Number, ProtoShapeField Field) ReadField(ReadOnlyMemory<byte> bytes)
    {
        var number = 0UL;
        var (name, jsonName, type, isList, typeName) = ("", "", 0, false, "");
        ProtoFields.TryEach(bytes, field =>
        {
            switch (field.Number)
            {
                case 1:
                    name = Text(field.Bytes);
                    break;
                case 3:
                    number = field.Value;
                    break;
                case 4:
                    isList = field.Value == 3;
                    break;
                case 5:
                    type = (int)Math.Min(field.Value, 99);
                    break;
                case 6:
                    typeName = Text(field.Bytes);
                    break;
                case 10:
                    jsonName = Text(field.Bytes);
                    break;
            }

            return true;
        });
        return (number, new ProtoShapeField(jsonName.Length > 0 ? jsonName : Camel(name), type, isList, typeName));
    }

    // EnumDescriptorProto { 1 name, 2 value { 1 name, 2 number } }
    private bool ReadEnum(string within, ReadOnlyMemory<byte> bytes)
    {
        var (name, words) = ("", new Dictionary<ulong, string>());
        var read = ProtoFields.TryEach(bytes, field =>
        {
            if (field.Number == 1)
            {
                name = Text(field.Bytes);
                return true;
            }

            return field.Number != 2 || (ReadWord(field.Bytes, words) && ++_fields <= MaxFields);
        });
        _words[within + "." + name] = words;
        return read;
    }

    private static bool ReadWord(ReadOnlyMemory<byte> bytes, Dictionary<ulong, string> words)
    {
        var (word, number) = ("", 0UL);
        var read = ProtoFields.TryEach(bytes, field =>
        {
            (word, number) = field.Number switch { 1 => (Text(field.Bytes), number), 2 => (word, field.Value), _ => (word, number) };
            return true;
        });
        words.TryAdd(number, word);
        return read;
    }

    /// <summary>A message of the template as JSON; null when its bytes are none.</summary>
    public JsonObject? ToJson(ReadOnlyMemory<byte> message) => ToJson(Fields, message, MaxDepth);

    // As deep as messages lie in each other, which is limited.
    private JsonObject? ToJson(IReadOnlyDictionary<ulong, ProtoShapeField> shape, ReadOnlyMemory<byte> message, int depth)
    {
        var json = new JsonObject();
        var read = ProtoFields.TryEach(message, field =>
        {
            if (!shape.TryGetValue(field.Number, out var known))
            {
                return true;
            }

            if (!known.IsList)
            {
                json[known.Name] = Value(known, field, depth);
                return true;
            }

            var list = json[known.Name] as JsonArray;
            json[known.Name] = list ??= [];
            Add(list, known, field, depth);
            return true;
        });
        return read ? json : null;
    }

    private void Add(JsonArray list, ProtoShapeField known, ProtoField field, int depth)
    {
        // Numbers of a list may be packed into one field.
        if (known.Type is 9 or 11 or 12 || field.Bytes.IsEmpty || IsFixed(known.Type, field.Bytes.Length))
        {
            list.Add(Value(known, field, depth));
            return;
        }

        var size = known.Type switch { 1 or 6 or 16 => 8, 2 or 7 or 15 => 4, _ => 0 };
        for (var at = 0; at < field.Bytes.Length;)
        {
            var one = size == 0 ? ProtoFields.Varint(field.Bytes, ref at) : at + size <= field.Bytes.Length ? new ProtoField(field.Number, 0, field.Bytes.Slice(at, size)) : null;
            if (one is null)
            {
                return;
            }

            at += size;
            list.Add(Value(known, one.Value, depth));
        }
    }

    private static bool IsFixed(int type, int length) => type switch { 1 or 6 or 16 => length == 8, 2 or 7 or 15 => length == 4, _ => false };

    private JsonNode? Value(ProtoShapeField known, ProtoField field, int depth) => known.Type switch
    {
        1 when field.Bytes.Length == 8 => Finite(BinaryPrimitives.ReadDoubleLittleEndian(field.Bytes.Span)),
        2 when field.Bytes.Length == 4 => Finite(BinaryPrimitives.ReadSingleLittleEndian(field.Bytes.Span)),
        3 => ((long)field.Value).ToString(),
        4 => field.Value.ToString(),
        5 => (int)field.Value,
        6 when field.Bytes.Length == 8 => BinaryPrimitives.ReadUInt64LittleEndian(field.Bytes.Span).ToString(),
        7 when field.Bytes.Length == 4 => BinaryPrimitives.ReadUInt32LittleEndian(field.Bytes.Span),
        8 => field.Value != 0,
        9 => Text(field.Bytes),
        11 when depth > 0 => _messages.TryGetValue(known.TypeName, out var inner) ? ToJson(inner, field.Bytes, depth - 1) : Foreign(field.Bytes),
        12 => Convert.ToBase64String(field.Bytes.Span),
        13 => (uint)field.Value,
        14 => _words.TryGetValue(known.TypeName, out var words) && words.TryGetValue(field.Value, out var word) ? word : (int)field.Value,
        15 when field.Bytes.Length == 4 => BinaryPrimitives.ReadInt32LittleEndian(field.Bytes.Span),
        16 when field.Bytes.Length == 8 => BinaryPrimitives.ReadInt64LittleEndian(field.Bytes.Span).ToString(),
        17 => (int)(field.Value >> 1) ^ -(int)(field.Value & 1),
        18 => ((long)(field.Value >> 1) ^ -(long)(field.Value & 1)).ToString(),
        _ => null,
    };

    // A message of another file; the only one templates use is oipProto.Txid { 1 raw }.
    private static JsonObject? Foreign(ReadOnlyMemory<byte> bytes)
    {
        JsonObject? txid = null;
        return ProtoFields.TryEach(bytes, field =>
        {
            txid = field.Number == 1 ? new JsonObject { ["raw"] = Convert.ToBase64String(field.Bytes.Span) } : txid;
            return true;
        }) ? txid : null;
    }

    private static JsonNode? Finite(double number) => double.IsFinite(number) ? JsonValue.Create(number) : null;

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static string Camel(string name)
    {
        var words = name.Split('_');
        return words[0] + string.Concat(words.Skip(1).Select(w => w.Length == 0 ? "" : char.ToUpperInvariant(w[0]) + w[1..]));
    }
}
