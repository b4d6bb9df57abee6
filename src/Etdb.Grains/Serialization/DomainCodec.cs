#if ORLEANS_MICROSOFT
using System.Buffers;
using System.Text;
using System.Text.Json;
using Etdb.Domain.Records;
using Etdb.Storage.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace Etdb.Grains.Serialization;

/// <summary>
/// Carries the types of <c>Etdb.Domain</c> in grain messages between processes. The deciding ring knows no Orleans, so its types bear no attributes; they are
/// immutable, so inside a process they are shared, and between processes they travel as the same JSON their state is stored in.
/// Only types of that one assembly are ever made from a message.
/// </summary>
[Alias("etdb.domain-json")]
public sealed class DomainCodec : IGeneralizedCodec, IGeneralizedCopier, ITypeFilter
{
    private const int MostBytes = 16 * 1024 * 1024;

    /// <inheritdoc/>
    public bool IsSupportedType(Type type) => type is { IsEnum: false, IsArray: false } && type.Assembly == typeof(DatasetId).Assembly;

    /// <inheritdoc/>
    public bool? IsTypeAllowed(Type type) => IsSupportedType(type) ? true : null;

    /// <inheritdoc/>
    public object? DeepCopy(object? input, CopyContext context) => input;

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, object? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType!, value!))
        {
            return;
        }

        writer.WriteFieldHeader(fieldIdDelta, expectedType!, typeof(DomainCodec), WireType.LengthPrefixed);
        var type = value!.GetType();
        var name = Encoding.UTF8.GetBytes(type.FullName!);
        var json = JsonSerializer.SerializeToUtf8Bytes(value, type, GrainJson.Options);
        writer.WriteVarUInt32((uint)(sizeof(ushort) + name.Length + json.Length));
        writer.WriteByte((byte)(name.Length & 0xFF));
        writer.WriteByte((byte)(name.Length >> 8));
        writer.Write(name);
        writer.Write(json);
    }

    /// <inheritdoc/>
    public object ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.IsReference)
        {
            return ReferenceCodec.ReadReference(ref reader, field.FieldType!)!;
        }

        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        if (length is < sizeof(ushort) or > MostBytes)
        {
            throw new InvalidDataException($"A domain value of {length} bytes is outside {sizeof(ushort)}..{MostBytes}.");
        }

        var bytes = reader.ReadBytes(length);
        var nameLength = bytes[0] | (bytes[1] << 8);
        var name = Encoding.UTF8.GetString(bytes.AsSpan(sizeof(ushort), nameLength));
        var type = typeof(DatasetId).Assembly.GetType(name) ?? throw new InvalidDataException($"A message holds the type '{name}', which this version does not know.");
        var value = JsonSerializer.Deserialize(bytes.AsSpan(sizeof(ushort) + nameLength), type, GrainJson.Options) ?? throw new InvalidDataException($"A message holds an empty '{name}'.");
        ReferenceCodec.RecordObject(reader.Session, value);
        return value;
    }
}

/// <summary>Registers <see cref="DomainCodec"/>.</summary>
public static class DomainCodecExtensions
{
    /// <summary>Lets grain messages carry the domain's types.</summary>
    public static IServiceCollection AddDomainCodec(this IServiceCollection services) => services.AddSerializer(serializer =>
    {
        serializer.Services.AddSingleton<DomainCodec>();
        serializer.Services.AddSingleton<IGeneralizedCodec>(p => p.GetRequiredService<DomainCodec>());
        serializer.Services.AddSingleton<IGeneralizedCopier>(p => p.GetRequiredService<DomainCodec>());
        serializer.Services.AddSingleton<ITypeFilter>(p => p.GetRequiredService<DomainCodec>());
        serializer.Configure(options => options.WellKnownTypeAliases["etdb.domain-json"] = typeof(DomainCodec));
    });
}
#endif
