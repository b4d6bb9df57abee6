using System.Collections.Immutable;
using System.Reflection;
using Etdb.Domain.Records;
using Orleans;
using Orleans.Runtime;

namespace Etdb.Grains.Tests.State;

/// <summary>
/// What travels between silos bears stable names and numbers, so that silos of two versions understand each other: grain interfaces and their
/// methods an alias, messages an alias, a generated serializer and a number for each member. Types of <c>Etdb.Domain</c> travel as JSON (ADR 0005).
/// </summary>
public sealed class WireContractTests
{
    private static readonly Assembly Grains = typeof(IClusterGrain).Assembly;

    private static readonly HashSet<Type> Containers =
    [
        typeof(IReadOnlyList<>), typeof(IReadOnlyDictionary<,>), typeof(ImmutableArray<>), typeof(ImmutableSortedSet<>), typeof(ImmutableSortedDictionary<,>), typeof(Nullable<>), typeof(Task<>),
    ];

    [Fact]
    public void Grain_interfaces_and_their_methods_have_aliases_of_their_own()
    {
        Assert.NotEmpty(Interfaces());
        Assert.All(Interfaces(), i => Assert.True(AliasOf(i) is not null, $"{i.Name} has no [Alias]."));
        Assert.Equal(Interfaces().Count(), Interfaces().Select(AliasOf).Distinct(StringComparer.Ordinal).Count());
        foreach (var type in Interfaces())
        {
            var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
            Assert.All(methods, m => Assert.True(AliasOf(m) is not null, $"{type.Name}.{m.Name} has no [Alias]."));
            Assert.Equal(methods.Length, methods.Select(AliasOf).Distinct(StringComparer.Ordinal).Count());
        }
    }

    [Fact]
    public void Messages_are_numbered_named_and_immutable()
    {
        var messages = Messages().ToList();
        Assert.True(messages.Count > 20, "The walk over the messages finds hardly any; the test proves nothing.");
        Assert.All(messages, type =>
        {
            Assert.True(type.IsDefined(typeof(GenerateSerializerAttribute)), $"{type.Name} has no [GenerateSerializer].");
            Assert.True(type.IsDefined(typeof(ImmutableAttribute)), $"{type.Name} is not [Immutable].");
            Assert.True(AliasOf(type) is not null, $"{type.Name} has no [Alias].");
            var members = Members(type).ToList();
            Assert.All(members, p => Assert.True(IdOf(p) is not null, $"{type.Name}.{p.Name} has no [Id]."));
            Assert.Equal(members.Count, members.Select(IdOf).Distinct().Count());
        });
    }

    [Fact]
    public void No_two_types_share_an_alias()
    {
        var shared = Grains.GetTypes().Select(t => (Type: t, Alias: AliasOf(t))).Where(t => t.Alias is not null).GroupBy(t => t.Alias).Where(g => g.Count() > 1);
        Assert.Empty(shared.Select(g => $"{g.Key}: {string.Join(", ", g.Select(t => t.Type.Name))}"));
    }

    private static IEnumerable<Type> Interfaces() => Grains.GetTypes().Where(t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t));

    /// <summary>Types of the grains' assembly that an argument or a result is or holds.</summary>
    private static HashSet<Type> Messages()
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>(Interfaces().SelectMany(i => i.GetMethods()).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)));
        while (open.TryDequeue(out var type))
        {
            foreach (var part in type.IsGenericType ? type.GetGenericArguments() : type.IsArray ? [type.GetElementType()!] : [])
            {
                open.Enqueue(part);
            }

            var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
            if (generic is not null)
            {
                Assert.True(Containers.Contains(generic) || generic.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal), $"{type} travels in a message; add it to the known containers if that is meant.");
            }
            else if (type.Assembly == Grains && !type.IsEnum && found.Add(type))
            {
                Members(type).ToList().ForEach(p => open.Enqueue(p.PropertyType));
            }
            else
            {
                Assert.True(type.Assembly == Grains || type.Assembly == typeof(DatasetId).Assembly || type.Assembly == typeof(object).Assembly || type.IsArray, $"{type} travels in a message and has no serializer.");
            }
        }

        return found;
    }

    /// <summary>What is stored: properties with a setter; computed ones are not.</summary>
    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.GetIndexParameters().Length == 0);

    private static string? AliasOf(MemberInfo member) => member.GetCustomAttributes<AliasAttribute>(inherit: false).FirstOrDefault()?.Alias;

    private static uint? IdOf(MemberInfo member) => member.GetCustomAttribute<IdAttribute>()?.Id;
}
