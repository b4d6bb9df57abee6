using System.Collections;
using System.Reflection;
using System.Text.Json;
using Etdb.Grains;
using Etdb.Storage.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Session;
using Orleans.Serialization.WireProtocol;

namespace Etdb.Orleans.Tests.Messages;

/// <summary>Every argument and result of every grain method survives Microsoft Orleans' serializer: filled with sample values, there and back.</summary>
public sealed class MessageTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer(static b => b.AddAssembly(typeof(IClusterGrain).Assembly)).AddEtdbMessages().BuildServiceProvider();

    public static TheoryData<string> Messages() => [.. MessageTypes().Select(static t => t.ToString()).Distinct().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_survives_the_serializer(string name)
    {
        var type = MessageTypes().First(t => t.ToString() == name);
        var samples = new MessageSamples();
        for (var round = 0; round < 3; round++)
        {
            var value = samples.Make(type, depth: 0);
            var back = RoundTrip(type, value);
            Assert.Equal(JsonSerializer.Serialize(value, type, GrainJson.Options), JsonSerializer.Serialize(back, type, GrainJson.Options));
        }
    }

    /// <summary>A silo of the version before sends what has been added since not at all: the rest arrives, and that is as if it were not set.</summary>
    [Theory]
    [MemberData(nameof(Numbered))]
    public void A_message_of_an_older_silo_lacks_what_is_new_and_is_read(string name)
    {
        var type = NumberedTypes().First(t => t.ToString() == name);
        var members = MembersOf(type);
        var value = new MessageSamples().Make(type, depth: 0);
        var bytes = Write(type, value);
        var (last, at) = LastField(bytes);
        var back = Read(type, [.. bytes.AsSpan(0, at), bytes[^1]]);
        foreach (var member in members.Where(m => IdOf(m) != last))
        {
            Assert.Equal(Json(member, value), Json(member, back));
        }

        Assert.True(IsUnset(members.Single(m => IdOf(m) == last).GetValue(back)));
    }

    /// <summary>A silo of the version after sends more: what is not known here is passed over.</summary>
    [Theory]
    [MemberData(nameof(Numbered))]
    public void A_message_of_a_newer_silo_says_more_and_is_read(string name)
    {
        var type = NumberedTypes().First(t => t.ToString() == name);
        var value = new MessageSamples().Make(type, depth: 0);
        var bytes = Write(type, value);
        byte[] number = [(byte)((uint)WireType.VarInt | (uint)SchemaType.Expected | 1), 0x0B];
        byte[] text = [(byte)((uint)WireType.LengthPrefixed | (uint)SchemaType.Expected | 1), 0x07, 0x61, 0x62, 0x63];
        var back = Read(type, [.. bytes.AsSpan(0, bytes.Length - 1), .. number, .. text, bytes[^1]]);
        Assert.Equal(JsonSerializer.Serialize(value, type, GrainJson.Options), JsonSerializer.Serialize(back, type, GrainJson.Options));
    }

    public static TheoryData<string> Numbered() => [.. NumberedTypes().Select(static t => t.ToString()).Order(StringComparer.Ordinal)];

    private static IEnumerable<Type> NumberedTypes() =>
        typeof(IClusterGrain).Assembly.GetTypes().Where(static t => t.IsDefined(typeof(GenerateSerializerAttribute)) && !t.IsEnum && MembersOf(t).Length > 1);

    private static PropertyInfo[] MembersOf(Type type) => [.. type.GetProperties().Where(static p => p.IsDefined(typeof(IdAttribute)))];

    private static uint IdOf(PropertyInfo member) => member.GetCustomAttribute<IdAttribute>()!.Id;

    private static bool IsUnset(object? value) =>
        value is null || (value is ValueType && value.Equals(Activator.CreateInstance(value.GetType()))) || (value is IEnumerable some && !some.Cast<object>().Any());

    private static string Json(PropertyInfo member, object? message) => JsonSerializer.Serialize(member.GetValue(message), member.PropertyType, GrainJson.Options);

    /// <summary>Number of the last field of a message, and where it begins.</summary>
    private static (uint Id, int At) LastField(byte[] bytes)
    {
        using var session = Services.GetRequiredService<SerializerSessionPool>().GetSession();
        var reader = Reader.Create(bytes, session);
        reader.ReadFieldHeader();
        var (id, last, at) = (0u, 0u, 0);
        while (true)
        {
            var begins = (int)reader.Position;
            var field = reader.ReadFieldHeader();
            if (field.IsEndObject)
            {
                return (last, at);
            }

            if (field.IsEndBaseFields)
            {
                id = 0; // What the constructor takes comes first, with numbers of its own.
                continue;
            }

            id += field.FieldIdDelta;
            (last, at) = (id, begins);
            reader.ConsumeUnknownField(field);
        }
    }

    private static byte[] Write(Type type, object? value) =>
        (byte[])typeof(MessageTests).GetMethod(nameof(WriteOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [value])!;

    private static object? Read(Type type, byte[] bytes) =>
        typeof(MessageTests).GetMethod(nameof(ReadOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [bytes]);

    private static byte[] WriteOf<T>(T value) => Services.GetRequiredService<Serializer>().SerializeToArray(value);

    private static T ReadOf<T>(byte[] bytes) => Services.GetRequiredService<Serializer>().Deserialize<T>(bytes)!;

    private static IEnumerable<Type> MessageTypes() =>
        typeof(IClusterGrain).Assembly.GetTypes()
            .Where(static t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t))
            .SelectMany(static t => t.GetMethods())
            .SelectMany(static m => m.GetParameters().Select(static p => p.ParameterType).Append(Unwrap(m.ReturnType)))
            .Where(static t => t is not null && t != typeof(CancellationToken))
            .Select(static t => t!)
            .Distinct();

    private static Type? Unwrap(Type type) => type.IsGenericType ? type.GetGenericArguments()[0] : null;

    private static object? RoundTrip(Type type, object? value) =>
        typeof(MessageTests).GetMethod(nameof(RoundTripOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, [value]);

    private static T RoundTripOf<T>(T value)
    {
        var serializer = Services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}
