using System.Collections;
using System.Text.Json;
using Etdb.Storage.Grains;

namespace Etdb.Orleans.Tests.Messages;

/// <summary>Fills types by their longest constructor and their settable properties.</summary>
internal sealed class MessageSamples
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
