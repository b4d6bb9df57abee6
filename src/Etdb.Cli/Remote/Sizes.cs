using System.Globalization;

namespace Etdb.Cli.Remote;

/// <summary>Sizes for people: IEC units, one decimal; "not measured" for unknown.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Text(long? bytes)
    {
        if (bytes is not { } n)
        {
            return "not measured";
        }

        double value = n;
        var unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0 ? $"{n} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }
}
