using System.CommandLine;
using System.Globalization;

namespace Etdb.Cli.Remote;

/// <summary>Sizes for people: IEC units, one decimal; "not measured" for unknown.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Reads bytes as people write them: a number and, if any, kB MB GB TB PB (thousands) or KiB MiB GiB TiB PiB.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        var unit = text.TrimStart("0123456789.".ToCharArray());
        var factor = unit.Trim().ToLowerInvariant() switch
        {
            "" or "b" => 1, "kb" => 1e3, "mb" => 1e6, "gb" => 1e9, "tb" => 1e12, "pb" => 1e15,
            "kib" => 1024, "mib" => Math.Pow(1024, 2), "gib" => Math.Pow(1024, 3), "tib" => Math.Pow(1024, 4), "pib" => Math.Pow(1024, 5), _ => double.NaN,
        };
        var good = double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * factor is >= 0 and < 9e18;
        bytes = good ? (long)(number * factor) : 0;
        return good;
    }

    /// <summary>An option that takes a size.</summary>
    public static Option<long?> Option(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, out var bytes))
            {
                return bytes;
            }

            result.AddError($"'{result.Tokens[0].Value}' is not a size; give bytes, or one such as 500GB, 4TB or 2TiB.");
            return null;
        },
    };

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
