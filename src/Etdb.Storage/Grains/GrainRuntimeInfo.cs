using System.Reflection;

namespace Etdb.Storage.Grains;

/// <summary>Which grain runtime this program was built on. For people and reports only: no code may act on it.</summary>
public static class GrainRuntimeInfo
{
    /// <summary><c>Embedded</c>, or <c>Microsoft</c> with the version of its packages.</summary>
    public static string Name { get; } =
#if ORLEANS_MICROSOFT
        "Microsoft " + VersionOf(typeof(Orleans.Grain).Assembly);
#else
        "Embedded";
#endif

    /// <summary>The package version of an assembly, without pre-release words and source revision.</summary>
    internal static string VersionOf(Assembly assembly)
    {
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version!.ToString(3);
        return string.Concat(version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).TrimEnd('.');
    }
}
