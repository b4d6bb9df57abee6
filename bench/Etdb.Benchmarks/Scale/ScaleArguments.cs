using System.Globalization;

namespace Etdb.Benchmarks.Scale;

/// <summary>Reads <c>--name value</c> pairs.</summary>
internal static class ScaleArguments
{
    public static int Number(string[] args, string name, int otherwise) =>
        Text(args, name, "") is { Length: > 0 } text ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) : otherwise;

    public static string Text(string[] args, string name, string otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }
}
