using System.Text;

namespace Etdb.Ipfs.Export;

/// <summary>Decides whether a name from a directory node may become a name on disk.</summary>
internal static class SafeName
{
    private const int MaxBytes = 255;

    private static readonly UTF8Encoding Strict = new(false, true);

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>The name as text.</summary>
    /// <exception cref="ExportException">It is refused.</exception>
    public static string Check(ReadOnlyMemory<byte> bytes, string folder, bool allowReserved)
    {
        string name;
        try
        {
            name = Strict.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            throw Refuse(ExportProblem.UnsafeName, folder, Convert.ToHexStringLower(bytes.Span), "is not UTF-8");
        }

        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny("/\0") || bytes.Length > MaxBytes)
        {
            throw Refuse(ExportProblem.UnsafeName, folder, name, "cannot be the name of a file");
        }

        if (name.EndsWith(FileExporter.PartSuffix, StringComparison.Ordinal))
        {
            throw Refuse(ExportProblem.ReservedName, folder, name, "is kept for files that are being written");
        }

        // A backslash separates folders on Windows, so it is unsafe there and not only reserved.
        if (Path.DirectorySeparatorChar == '\\' && name.AsSpan().ContainsAny("\\:"))
        {
            throw Refuse(ExportProblem.UnsafeName, folder, name, "would leave its folder on this system");
        }

        return allowReserved || !IsReserved(name)
            ? name
            : throw Refuse(ExportProblem.ReservedName, folder, name, "cannot be held by every system; allow reserved names to export it all the same");
    }

    /// <summary>Names that Windows cannot hold, and control characters that mislead whoever lists the folder.</summary>
    public static bool IsReserved(string name)
    {
        var stem = name.Split('.')[0].TrimEnd(' ');
        return Devices.Contains(stem) || name[^1] is '.' or ' ' || name.Any(static c => c < ' ' || c == '\u007f' || "<>:\"\\|?*".Contains(c, StringComparison.Ordinal));
    }

    private static ExportException Refuse(ExportProblem problem, string folder, string name, string why)
    {
        var shown = new string([.. name.Take(80).Select(static c => char.IsControl(c) ? '?' : c)]);
        return new ExportException(problem, folder + "/" + shown, $"'{shown}' in '/{folder.TrimStart('/')}' {why}.");
    }
}
