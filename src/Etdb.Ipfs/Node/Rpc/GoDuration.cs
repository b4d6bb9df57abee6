using System.Globalization;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>Durations as Kubo's calls take them: <c>300ms</c>, <c>1.5h</c>, <c>2h45m</c>.</summary>
public static class GoDuration
{
    private static readonly System.Buffers.SearchValues<char> Digits = System.Buffers.SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("h", 3600), ("m", 60), ("s", 1)];

    /// <summary>False when the text is no duration, or longer than 100 years.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan();
        var seconds = 0.0;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var matched = false;
            foreach (var (unit, size) in Units)
            {
                if (!matched && rest.StartsWith(unit))
                {
                    matched = true;
                    seconds += number * size;
                    rest = rest[unit.Length..];
                }
            }

            if (!matched)
            {
                return false;
            }
        }

        const double most = 100.0 * 366 * 86400;
        duration = TimeSpan.FromSeconds(Math.Min(seconds, most));
        return text.Length > 0 && seconds <= most;
    }

    /// <summary>The text of a duration in whole milliseconds.</summary>
    public static string Format(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalMilliseconds}ms");
}
