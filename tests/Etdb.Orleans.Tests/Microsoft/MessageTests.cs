using System.Collections;
using System.Reflection;
using System.Text.Json;
using Etdb.Grains;
using Etdb.Storage.Grains;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;

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
        var samples = new Samples();
        for (var round = 0; round < 3; round++)
        {
            var value = samples.Make(type, depth: 0);
            var back = RoundTrip(type, value);
            Assert.Equal(JsonSerializer.Serialize(value, type, GrainJson.Options), JsonSerializer.Serialize(back, type, GrainJson.Options));
        }
    }

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

    /// <summary>Fills types by their longest constructor and their settable properties.</summary>
    private sealed class Samples
    {
        private const int Deepest = 6;
        private int _next;

        public object? Make(Type type, int depth)
        {
            if (Nullable.GetUnderlyingType(type) is { } underlying)
            {
                return depth > Deepest ? null : Make(underlying, depth);
            }

            if (Simple(type) is { } simple)
            {
                return simple;
            }

            if (type.IsArray)
            {
                return Fill(Array.CreateInstance(type.GetElementType()!, 2), type.GetElementType()!, depth);
            }

            if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
            {
                return Collection(type, depth);
            }

            return depth > Deepest && !type.IsValueType ? null : Instance(type, depth);
        }

        private object? Simple(Type type)
        {
            var n = ++_next;
            if (type.IsEnum)
            {
                var values = Enum.GetValues(type);
                return values.GetValue(n % values.Length);
            }

            return type == typeof(string) ? $"text {n}"
                : type == typeof(bool) ? n % 2 == 0
                : type == typeof(TimeOnly) ? new TimeOnly(n % 24, n % 60)
                : type == typeof(DateTimeOffset) ? new DateTimeOffset(2026, 1, 1, 0, 0, n % 60, TimeSpan.Zero)
                : type == typeof(TimeSpan) ? TimeSpan.FromSeconds(n)
                : type == typeof(Guid) ? new Guid(n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
                : type.IsPrimitive || type == typeof(decimal) ? Convert.ChangeType(n % 100, type)
                : null;
        }

        private Array Fill(Array array, Type element, int depth)
        {
            for (var i = 0; i < array.Length; i++)
            {
                array.SetValue(Make(element, depth + 1), i);
            }

            return array;
        }

        private object? Collection(Type type, int depth)
        {
            // By way of JSON the sample gets whatever collection type the message declares.
            var arguments = type.GetGenericArguments();
            object source = arguments.Length == 1
                ? Fill(Array.CreateInstance(arguments[0], depth > Deepest ? 0 : 2), arguments[0], depth)
                : new Hashtable();
            var json = arguments.Length == 1 ? JsonSerializer.Serialize(source, source.GetType(), GrainJson.Options) : "{}";
            return JsonSerializer.Deserialize(json, type, GrainJson.Options);
        }

        private object Instance(Type type, int depth)
        {
            var constructor = type.GetConstructors().MaxBy(static c => c.GetParameters().Length);
            var instance = constructor is null
                ? Activator.CreateInstance(type)!
                : constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType, depth + 1))]);
            foreach (var property in type.GetProperties().Where(p => p.CanWrite && p.GetIndexParameters().Length == 0 && constructor?.GetParameters().Any(c => c.Name == p.Name) != true))
            {
                property.SetValue(instance, Make(property.PropertyType, depth + 1));
            }

            return instance;
        }
    }
}
