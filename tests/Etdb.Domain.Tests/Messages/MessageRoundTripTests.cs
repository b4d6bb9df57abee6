using System.Collections;
using System.Reflection;
using System.Text.Json;
using Etdb.Domain.Repair;
using Etdb.Domain.Replication;

namespace Etdb.Domain.Tests.Messages;

/// <summary>
/// Everything that may pass between grains or be stored is an immutable record that System.Text.Json can write and read back. Found by
/// reflection, so a new record is covered the day it is written.
/// </summary>
public sealed class MessageRoundTripTests
{
    private const int DepthMaximum = 8;

    /// <summary>Inputs of decisions that hold the whole cluster; made in place, never sent.</summary>
    private static readonly Type[] s_local = [typeof(PlannerContext), typeof(BrakeInput)];

    public static TheoryData<string> Messages { get; } = [.. Records().Select(t => t.FullName!)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_record_survives_json(string name)
    {
        var type = typeof(DatasetView).Assembly.GetType(name)!;
        var value = Make(type, 0)!;
        var text = JsonSerializer.Serialize(value, type);
        var back = JsonSerializer.Deserialize(text, type);
        Assert.Equal(text, JsonSerializer.Serialize(back, type));
        Assert.NotEqual("{}", text);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_record_cannot_be_changed(string name)
    {
        var type = typeof(DatasetView).Assembly.GetType(name)!;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod is { IsPublic: true }))
        {
            var isInit = property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit));
            Assert.True(isInit, $"{name}.{property.Name} can be set");
        }

        Assert.DoesNotContain(type.GetProperties(), p => p.PropertyType.IsArray || (p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(List<>)));
    }

    [Fact]
    public void The_records_are_found() => Assert.True(Records().Count() > 60, $"{Records().Count()} found");

    private static IEnumerable<Type> Records() => typeof(DatasetView).Assembly.GetExportedTypes()
        .Where(t => !t.IsAbstract && !t.ContainsGenericParameters && !s_local.Contains(t) && IsRecord(t))
        .OrderBy(t => t.FullName, StringComparer.Ordinal);

    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null || type.GetMethod("<Clone>$") is not null;

    private static object? Make(Type type, int depth)
    {
        Assert.True(depth < DepthMaximum, $"{type} is nested too deeply");
        if (Simple(type) is { } simple)
        {
            return simple;
        }

        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Make(inner, depth + 1);
        }

        if (type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type))
        {
            return MakeCollection(type, depth);
        }

        var constructor = type.GetConstructors().Where(c => c.GetParameters() is not [{ } p] || p.ParameterType != type).MaxBy(c => c.GetParameters().Length);
        var value = constructor is null ? Activator.CreateInstance(type)! : constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType, depth + 1))]);
        foreach (var property in type.GetProperties().Where(p => p.SetMethod is { IsPublic: true }))
        {
            property.SetValue(value, Make(property.PropertyType, depth + 1));
        }

        return value;
    }

    private static object? Simple(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1);
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => "text",
            TypeCode.Boolean => true,
            TypeCode.Double => 0.25,
            TypeCode.Int32 => 3,
            TypeCode.Int64 => 5L,
            TypeCode.UInt64 => 18446744073709551615UL,
            TypeCode.Object when type == typeof(DateTimeOffset) => World.Now.AddTicks(1234567),
            TypeCode.Object when type == typeof(TimeSpan) => TimeSpan.FromMinutes(7),
            TypeCode.Object when type == typeof(DateOnly) => new DateOnly(2026, 6, 1),
            TypeCode.Object when type == typeof(TimeOnly) => new TimeOnly(7, 30),
            _ => null,
        };
    }

    private static object MakeCollection(Type type, int depth)
    {
        var arguments = type.GetGenericArguments();
        if (arguments.Length == 2)
        {
            var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
            dictionary.Add(Make(arguments[0], depth + 1)!, Make(arguments[1], depth + 1));
            return dictionary;
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(arguments))!;
        list.Add(Make(arguments[0], depth + 1));
        return list;
    }
}
