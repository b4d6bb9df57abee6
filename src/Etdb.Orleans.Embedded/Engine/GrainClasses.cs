using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>The grain classes of the process, and which class stands behind an interface.</summary>
internal sealed class GrainClasses
{
    private static readonly Lock ScanGate = new();
    private static Type[]? s_scanned;
    private static int s_assemblies;

    private readonly FrozenDictionary<GrainType, GrainClass> _byType;
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainClass> _byInterface = new();
    private readonly ConcurrentDictionary<GrainClass, Type> _mainInterfaces = new();

    public GrainClasses(SiloMessagingOptions messaging, GrainCollectionOptions collection)
    {
        var byType = new Dictionary<GrainType, GrainClass>();
        foreach (var type in Scan())
        {
            var grainClass = new GrainClass(type, messaging, collection);
            if (!byType.TryAdd(grainClass.GrainType, grainClass))
            {
                throw new InvalidOperationException($"Grain classes {byType[grainClass.GrainType].Type} and {type} have the same grain type '{grainClass.GrainType}'; name one with [GrainType].");
            }
        }

        _byType = byType.ToFrozenDictionary();
    }

    public int Count => _byType.Count;

    public GrainClass? Find(GrainType type) => _byType.GetValueOrDefault(type);

    /// <summary>The one class that implements the interface; throws when there is none or more than one.</summary>
    public GrainClass Implementing(Type grainInterface, string? prefix) =>
        _byInterface.TryGetValue((grainInterface, prefix), out var known) ? known : _byInterface.GetOrAdd((grainInterface, prefix), Search);

    /// <summary>The most specific grain interface of a class.</summary>
    public Type MainInterfaceOf(GrainClass grainClass) => _mainInterfaces.GetOrAdd(grainClass, static c =>
        c.Type.GetInterfaces().Where(static i => typeof(IAddressable).IsAssignableFrom(i))
            .OrderByDescending(static i => i.GetInterfaces().Length).ThenBy(static i => i.FullName, StringComparer.Ordinal).First());

    private GrainClass Search((Type Interface, string? Prefix) wanted)
    {
        var found = _byType.Values
            .Where(c => wanted.Interface.IsAssignableFrom(c.Type))
            .Where(c => wanted.Prefix is null || c.Type.FullName!.StartsWith(wanted.Prefix, StringComparison.Ordinal))
            .ToArray();
        if (found.Length > 1 && found.Where(c => wanted.Interface.Name == "I" + c.Type.Name).ToArray() is [var byName])
        {
            return byName;
        }

        return found.Length switch
        {
            1 => found[0],
            0 => throw new ArgumentException($"Could not find an implementation for interface {wanted.Interface}."),
            _ => throw new ArgumentException($"Interface {wanted.Interface} has several implementations ({string.Join(", ", found.Select(static c => c.Type.Name))}); say which with grainClassNamePrefix."),
        };
    }

    /// <summary>All grain classes in assemblies that were built on this runtime and that the program uses.</summary>
    private static Type[] Scan()
    {
        lock (ScanGate)
        {
            var assemblies = Assemblies();
            if (s_scanned is null || assemblies.Count != s_assemblies)
            {
                s_assemblies = assemblies.Count;
                s_scanned = [.. assemblies.SelectMany(static a => a.GetTypes()).Where(IsGrainClass).OrderBy(static t => t.FullName, StringComparer.Ordinal)];
            }

            return s_scanned;
        }
    }

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && typeof(IGrainBase).IsAssignableFrom(type) && typeof(IAddressable).IsAssignableFrom(type);

    private static List<Assembly> Assemblies()
    {
        var self = typeof(GrainClasses).Assembly.GetName().Name;
        var seen = new Dictionary<string, Assembly>(StringComparer.Ordinal);
        var left = new Stack<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        while (left.TryPop(out var assembly))
        {
            var name = assembly.GetName().Name!;
            if (assembly.IsDynamic || !seen.TryAdd(name, assembly))
            {
                continue;
            }

            foreach (var reference in assembly.GetReferencedAssemblies().Where(r => !seen.ContainsKey(r.Name!) && !IsPlatform(r.Name!)))
            {
                if (TryLoad(reference) is { } loaded)
                {
                    left.Push(loaded);
                }
            }
        }

        return [.. seen.Values.Where(a => a.GetReferencedAssemblies().Any(r => r.Name == self))];
    }

    private static bool IsPlatform(string name) =>
        name.StartsWith("System", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal) || name is "netstandard" or "mscorlib";

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (FileNotFoundException)
        {
            return null; // A reference that is not deployed holds no grains of this program.
        }
    }
}
