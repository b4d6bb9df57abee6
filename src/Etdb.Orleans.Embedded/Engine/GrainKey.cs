using System.Globalization;
using Orleans.Runtime;

namespace Etdb.Orleans.Embedded.Engine;

/// <summary>Keys as text, in the same form Microsoft Orleans gives them, so that stored state can be read by either runtime.</summary>
internal static class GrainKey
{
    private const char ExtensionSeparator = '+';

    public static IdSpan Of(string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return IdSpan.Create(key);
    }

    public static IdSpan Of(long key) => IdSpan.Create(key.ToString("X", CultureInfo.InvariantCulture));

    public static IdSpan Of(Guid key) => IdSpan.Create(key.ToString("N"));

    public static IdSpan Of(long key, string extension) => IdSpan.Create($"{key:X}{Extension(extension)}");

    public static IdSpan Of(Guid key, string extension) => IdSpan.Create($"{key:N}{Extension(extension)}");

    /// <summary>The key without its extension.</summary>
    public static string Split(IdSpan key, out string? extension)
    {
        var text = key.ToString()!;
        var separator = text.IndexOf(ExtensionSeparator, StringComparison.Ordinal);
        extension = separator < 0 ? null : text[(separator + 1)..];
        return separator < 0 ? text : text[..separator];
    }

    private static string Extension(string extension)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(extension);
        return ExtensionSeparator + extension;
    }
}
