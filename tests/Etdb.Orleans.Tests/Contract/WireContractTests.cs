using System.Reflection;
using Etdb.Grains;
using Orleans;
using Orleans.CodeGeneration;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Etdb.Orleans.Tests.Contract;

/// <summary>
/// What silos of two neighbouring versions say to each other during a rolling restart: names and numbers of types and members that are on the wire. They may grow, but what
/// has been published stays as it is. (<c>wire-0.1.txt</c> lists version 0.1's; a line is never changed or taken out.)
/// </summary>
public sealed class WireContractTests
{
    private static readonly Assembly Grains = typeof(IClusterGrain).Assembly;

    [Fact]
    public void Every_message_is_immutable_has_a_name_of_its_own_and_numbers_its_members()
    {
        var messages = Messages();
        Assert.True(messages.Count > 30, $"Only {messages.Count} message types were found.");
        Assert.Equal([], messages.GroupBy(static m => Name(m)).Where(static g => g.Count() > 1).Select(static g => g.Key));
        foreach (var message in messages)
        {
            Assert.True(Name(message)?.StartsWith("etdb.", StringComparison.Ordinal), $"{message} has no [Alias(\"etdb.…\")].");
            Assert.True(message.IsValueType || message.IsEnum || message.IsDefined(typeof(ImmutableAttribute)), $"{message} is not [Immutable].");
            var numbers = Members(message).Select(static m => m.Number).ToList();
            Assert.Equal(numbers.Distinct(), numbers);
            Assert.All(Carried(message), p => Assert.True(p.IsDefined(typeof(IdAttribute)), $"{message}.{p.Name} has no [Id]."));
        }
    }

    [Fact]
    public void Whatever_a_grain_method_takes_or_gives_is_a_message_a_domain_type_or_a_simple_one()
    {
        var strangers = Interfaces().SelectMany(static i => i.GetMethods())
            .SelectMany(static m => m.GetParameters().Select(static p => p.ParameterType).Append(m.ReturnType))
            .SelectMany(Parts).Where(static t => t.Namespace?.StartsWith("Etdb.", StringComparison.Ordinal) == true && t.Namespace?.StartsWith("Etdb.Domain", StringComparison.Ordinal) == false)
            .Where(static t => !t.IsEnum && !t.IsDefined(typeof(GenerateSerializerAttribute))).Distinct();
        Assert.Equal([], strangers);
    }

    [Fact]
    public void Every_grain_says_where_it_is_placed_and_every_interface_its_version()
    {
        Assert.All(Interfaces(), static i => Assert.True(i.GetCustomAttribute<VersionAttribute>()?.Version > 0 && Name(i) is not null, $"{i} has no [Version] or no [Alias]."));
        var classes = Grains.GetTypes().Where(static t => t is { IsClass: true, IsAbstract: false } && typeof(Grain).IsAssignableFrom(t)).ToList();
        Assert.True(classes.Count > 8);
        Assert.All(classes, static c => Assert.True(c.GetCustomAttributes().Any(static a => a is PlacementAttribute), $"{c} has no placement attribute."));
    }

    [Fact]
    public void What_version_0_1_said_is_still_understood()
    {
        var now = Lines().ToHashSet(StringComparer.Ordinal);
        if (Environment.GetEnvironmentVariable("ETDB_WIRE_OUT") is { Length: > 0 } path)
        {
            File.WriteAllLines(path, now.Order(StringComparer.Ordinal));
        }

        var published = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Contract", "wire-0.1.txt"));
        Assert.True(published.Length > 100);
        var broken = published.Where(line => !now.Contains(line)).ToList();
        Assert.True(broken.Count == 0, $"An older silo would no longer be understood; give what is new a new number or name instead:\n{string.Join('\n', broken)}");
    }

    [Fact]
    public void What_was_added_since_may_be_missing_and_its_interface_has_a_higher_number()
    {
        var published = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Contract", "wire-0.1.txt")).ToHashSet(StringComparer.Ordinal);
        var nullability = new NullabilityInfoContext();
        foreach (var message in Messages())
        {
            var known = published.Any(l => l.StartsWith($"{Name(message)} ", StringComparison.Ordinal));
            foreach (var added in Carried(message).Where(p => known && !published.Contains($"{Name(message)} {p.GetCustomAttribute<IdAttribute>()?.Id} {p.Name} {TypeName(p.PropertyType)}")))
            {
                Assert.True(
                    added.PropertyType.IsValueType || nullability.Create(added).ReadState == NullabilityState.Nullable,
                    $"{message}.{added.Name} is new: an older silo does not send it, so it must be nullable.");
            }
        }

        foreach (var grain in Interfaces().Where(i => published.Any(l => l.StartsWith($"{Name(i)} ", StringComparison.Ordinal))))
        {
            var grown = grain.GetMethods().Any(m => !published.Contains(Line(grain, m)));
            Assert.True(!grown || grain.GetCustomAttribute<VersionAttribute>()!.Version > 1, $"{grain} has a new method and still the number an older silo knows.");
        }
    }

    private static IEnumerable<string> Lines() =>
        Messages().SelectMany(static m => Members(m).Select(member => $"{Name(m)} {member.Number} {member.Name} {member.Type}"))
            .Concat(Interfaces().SelectMany(static i => i.GetMethods().Select(m => Line(i, m))));

    private static string Line(Type grain, MethodInfo method) =>
        $"{Name(grain)} {method.Name}({string.Join(",", method.GetParameters().Select(static p => TypeName(p.ParameterType)))}) {TypeName(method.ReturnType)}";

    private static List<Type> Messages() => [.. Grains.GetTypes().Where(static t => t.IsDefined(typeof(GenerateSerializerAttribute)) && !t.IsEnum)];

    private static List<Type> Interfaces() => [.. Grains.GetTypes().Where(static t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t))];

    private static string? Name(Type type) => type.GetCustomAttribute<AliasAttribute>()?.Alias;

    private static IEnumerable<(uint Number, string Name, string Type)> Members(Type type) =>
        Carried(type).Where(static p => p.IsDefined(typeof(IdAttribute))).Select(static p => (p.GetCustomAttribute<IdAttribute>()!.Id, p.Name, TypeName(p.PropertyType)));

    private static IEnumerable<PropertyInfo> Carried(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(static p => p.SetMethod is not null);

    private static IEnumerable<Type> Parts(Type type) => type.IsArray ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [type];

    private static string TypeName(Type type) => type.IsArray ? TypeName(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(",", type.GetGenericArguments().Select(TypeName))}>"
        : Name(type) ?? type.Name;
}
