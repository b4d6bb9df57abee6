using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Etdb.Storage.Grains;

/// <summary>
/// Writes the domain's one-value types (<c>readonly record struct NodeId(string Value)</c>) as that value, as dictionary keys too, so that a state
/// stays readable and small. Which types these are is seen from their shape: a value type of ours with one constructor parameter named Value.
/// </summary>
public sealed class SingleValueJsonConverterFactory : JsonConverterFactory
{
    /// <inheritdoc/>
    public override bool CanConvert(Type typeToConvert)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        return ConstructorOf(typeToConvert) is not null;
    }

    /// <inheritdoc/>
    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(typeToConvert);
        var constructor = ConstructorOf(typeToConvert)!;
        var inner = constructor.GetParameters()[0].ParameterType;
        return (JsonConverter)Activator.CreateInstance(typeof(Converter<,>).MakeGenericType(typeToConvert, inner), constructor)!;
    }

    private static ConstructorInfo? ConstructorOf(Type type)
    {
        if (!type.IsValueType || type.IsEnum || type.IsPrimitive || type.Namespace?.StartsWith("Etdb.", StringComparison.Ordinal) != true)
        {
            return null;
        }

        var constructors = type.GetConstructors();
        return constructors is [var only] && only.GetParameters() is [{ Name: "Value" or "value" }] && type.GetProperty("Value") is not null
            && type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Count(static p => p.GetIndexParameters().Length == 0 && p.CanWrite) <= 1
            ? only
            : null;
    }

    private sealed class Converter<T, TValue> : JsonConverter<T>
        where T : struct
    {
        private readonly Func<TValue, T> _make;
        private readonly Func<T, TValue> _value;

        public Converter(ConstructorInfo constructor)
        {
            var value = Expression.Parameter(typeof(TValue));
            _make = Expression.Lambda<Func<TValue, T>>(Expression.New(constructor, value), value).Compile();
            var whole = Expression.Parameter(typeof(T));
            _value = Expression.Lambda<Func<T, TValue>>(Expression.Property(whole, "Value"), whole).Compile();
        }

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            _make(JsonSerializer.Deserialize<TValue>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, _value(value), options);

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            _make(InnerConverter(options).ReadAsPropertyName(ref reader, typeof(TValue), options)!);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            InnerConverter(options).WriteAsPropertyName(writer, _value(value)!, options);

        private static JsonConverter<TValue> InnerConverter(JsonSerializerOptions options) => (JsonConverter<TValue>)options.GetConverter(typeof(TValue));
    }
}
