using System.Reflection;
using System.Runtime.Loader;
using Orleans;

namespace Etdb.Orleans.Tests.Embedded;

/// <summary>
/// Everything the embedded runtime declares under Microsoft Orleans' names exists in Microsoft's assemblies with the same signature, so that code
/// which compiles here compiles there. Microsoft's assemblies are loaded apart, for their metadata only.
/// </summary>
public sealed class ParityTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] Packages =
    [
        "core.abstractions", "core", "runtime", "serialization", "serialization.abstractions", "reminders",
    ];

    /// <summary>Only the first is asked of every machine; the others are compared where they lie in the package folder.</summary>
    [Fact]
    public void Every_public_name_and_signature_exists_in_Microsoft_Orleans()
    {
        var folders = Packages.Select(FolderOf).Where(Directory.Exists).ToArray();
        Assert.SkipWhen(!Directory.Exists(FolderOf(Packages[0])), "microsoft.orleans.core.abstractions is not in the package folder");
        var real = LoadReal(folders);
        var whole = folders.Length == Packages.Length;
        var missing = new List<string>();
        var compared = 0;
        foreach (var type in typeof(Grain).Assembly.GetExportedTypes().Where(static t => t.Namespace!.StartsWith("Orleans", StringComparison.Ordinal) || t.Namespace.StartsWith("Microsoft", StringComparison.Ordinal)))
        {
            if (!real.TryGetValue(type.FullName!, out var theirs))
            {
                if (whole)
                {
                    missing.Add($"type {type.FullName}");
                }

                continue;
            }

            compared++;
            missing.AddRange(Differences(type, theirs));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{compared} types compared with {folders.Length} assemblies");
        Assert.True(compared > 40, $"only {compared} types were compared");
        Assert.Empty(missing);
    }

    private static string FolderOf(string package)
    {
        var home = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Combine(home, $"microsoft.orleans.{package}", "10.4.2", "lib", "net10.0");
    }

    private static Dictionary<string, Type> LoadReal(string[] folders)
    {
        var context = new AssemblyLoadContext("Microsoft Orleans", isCollectible: true);
        var files = folders.SelectMany(static f => Directory.GetFiles(f, "Orleans*.dll")).ToDictionary(static f => Path.GetFileNameWithoutExtension(f)!, StringComparer.Ordinal);
        context.Resolving += (c, name) => files.TryGetValue(name.Name!, out var file) ? c.LoadFromAssemblyPath(file) : null;
        return files.Values.SelectMany(f => TypesOf(context.LoadFromAssemblyPath(f))).Where(static t => t.IsVisible)
            .GroupBy(static t => t.FullName!).ToDictionary(static g => g.Key, static g => g.First(), StringComparer.Ordinal);
    }

    /// <summary>Types whose parts lie in assemblies that are not here are left out; none of ours is among them.</summary>
    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partly)
        {
            return partly.Types.Where(static t => t is not null)!;
        }
    }

    private static IEnumerable<string> Differences(Type ours, Type theirs)
    {
        if (KindOf(ours) != KindOf(theirs))
        {
            yield return $"{ours.FullName} is {KindOf(ours)}, theirs is {KindOf(theirs)}";
        }

        var known = theirs.GetMembers(Declared).Where(IsVisible).Select(Signature).ToHashSet(StringComparer.Ordinal);
        foreach (var member in ours.GetMembers(Declared).Where(IsVisible).Select(Signature).Where(m => !known.Contains(m)))
        {
            yield return $"{ours.FullName}: {member}";
        }
    }

    private static string KindOf(Type type) => type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : "class";

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && method.Name != "Finalize",
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        _ => false,
    };

    private static string Signature(MemberInfo member) => member switch
    {
        MethodInfo m => $"{NameOf(m.ReturnType)} {m.Name}{(m.IsGenericMethod ? $"<{m.GetGenericArguments().Length}>" : "")}({Parameters(m)})",
        ConstructorInfo c => $"{c.Name}({Parameters(c)})",
        FieldInfo f => $"{NameOf(f.FieldType)} {f.Name}{(f.IsLiteral ? $" = {f.GetRawConstantValue()}" : "")}",
        _ => member.Name,
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(static p => $"{NameOf(p.ParameterType)} {p.Name}"));

    private static string NameOf(Type type) => type.IsGenericParameter ? type.Name
        : type.IsByRef ? NameOf(type.GetElementType()!) + "&"
        : type.IsArray ? NameOf(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{type.Namespace}.{type.Name}<{string.Join(",", type.GetGenericArguments().Select(NameOf))}>"
        : $"{type.Namespace}.{type.Name}";
}
