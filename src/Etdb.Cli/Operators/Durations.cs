using System.Globalization;

namespace Etdb.Cli.Operators;

/// <summary>Lengths of time as people type them: a number above 0 and s, m, h or d.</summary>
internal static class Durations
{
    private const double MostDays = 3650;

    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        if (text.Length < 2 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number <= 0)
        {
            return false;
        }

        var days = text[^1] switch { 's' => number / 86_400, 'm' => number / 1_440, 'h' => number / 24, 'd' => number, _ => double.NaN };
        if (!(days <= MostDays))
        {
            return false;
        }

        span = TimeSpan.FromDays(days);
        return true;
    }
}
