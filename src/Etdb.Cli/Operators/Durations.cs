using System.CommandLine;
using System.Globalization;

namespace Etdb.Cli.Operators;

/// <summary>Lengths of time as people type them: a number above 0 and s, m, h or d.</summary>
internal static class Durations
{
    private const double MostDays = 3650;

    /// <summary>An option that takes one.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value, out var span))
            {
                return span;
            }

            result.AddError($"'{result.Tokens[0].Value}' is not a length of time; give one such as 2h, 90m or 3d.");
            return null;
        },
    };

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
