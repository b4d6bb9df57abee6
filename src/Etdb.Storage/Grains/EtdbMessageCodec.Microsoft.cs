#if ORLEANS_MICROSOFT
using System.Buffers;
using System.Text.Json;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace Etdb.Storage.Grains;

/// <summary>
/// Carries the types of <c>Etdb.Domain</c> in grain messages of Microsoft Orleans. The domain knows nothing of Orleans, so no serializer is
/// generated for its types; they travel as the same JSON their states are stored in. Read-only lists that the compiler makes for collection
/// expressions have no name other processes could know: they travel as arrays.
/// </summary>
internal sealed class EtdbMessageCodec : IGeneralizedCodec, IGeneralizedCopier, ITypeFilter
{
    private const string DomainNamespace = "Etdb.Domain";
    private const string CompilerMadeList = "<>z__ReadOnly";

    /// <inheritdoc cref="IGeneralizedCodec.IsSupportedType"/>
    public bool IsSupportedType(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return IsDomain(type) || IsCompilerMadeList(type);
    }

    /// <inheritdoc/>
    public bool? IsTypeAllowed(Type type) => IsDomain(type) ? true : null;

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, object? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (value is null)
        {
            ReferenceCodec.WriteNullReference(ref writer, fieldIdDelta);
            return;
        }

        var type = value.GetType();
        if (IsCompilerMadeList(type))
        {
            var array = ToArray(type, value);
            writer.Session.CodecProvider.GetCodec(array.GetType()).WriteField(ref writer, fieldIdDelta, expectedType!, array);
            return;
        }

        // A place among the references of the message, although domain values are never written twice as one reference.
        ReferenceCodec.MarkValueField(writer.Session);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type, GrainJson.Options);
        writer.WriteFieldHeader(fieldIdDelta, typeof(object), type, WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)bytes.Length);
        writer.Write(bytes);
    }

    /// <inheritdoc/>
    public object ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<object, TInput>(ref reader, field)!;
        }

        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        var bytes = reader.ReadBytes(reader.ReadVarUInt32());
        return JsonSerializer.Deserialize(bytes, field.FieldType!, GrainJson.Options)
            ?? throw new FormatException($"A {field.FieldType} arrived as null.");
    }

    /// <summary>Domain values are immutable: a copy is the value itself.</summary>
    public object? DeepCopy(object? input, CopyContext context) => input;

    private static bool IsDomain(Type type) =>
        type.Namespace is { } name && name.StartsWith(DomainNamespace, StringComparison.Ordinal) && !type.IsEnum && !typeof(Exception).IsAssignableFrom(type);

    private static bool IsCompilerMadeList(Type type) => type.IsGenericType && type.Name.StartsWith(CompilerMadeList, StringComparison.Ordinal);

    private static Array ToArray(Type type, object value)
    {
        var source = (System.Collections.ICollection)value;
        var array = Array.CreateInstance(type.GetGenericArguments()[0], source.Count);
        source.CopyTo(array, 0);
        return array;
    }
}
#endif
