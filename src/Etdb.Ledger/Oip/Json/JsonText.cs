using System.Globalization;
using System.Text;

namespace Etdb.Ledger.Oip.Json;

/// <summary>Strings and numbers as JSON text, in the two spellings this system writes: RFC 8785 and Go's <c>encoding/json</c>.</summary>
public static class JsonText
{
    /// <summary>Appends a quoted string. <paramref name="go"/>: also escape what Go escapes (<c>&lt; &gt; &amp;</c>, U+2028/9, and \b \f as \u00xx).</summary>
    public static void AppendString(StringBuilder output, ReadOnlySpan<char> value, bool go)
    {
        output.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"': output.Append("\\\""); break;
                case '\\': output.Append("\\\\"); break;
                case '\n': output.Append("\\n"); break;
                case '\r': output.Append("\\r"); break;
                case '\t': output.Append("\\t"); break;
                case '\b' when !go: output.Append("\\b"); break;
                case '\f' when !go: output.Append("\\f"); break;
                case '<' or '>' or '&' or '\u2028' or '\u2029' when go:
                case < ' ':
                    output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default: output.Append(c); break;
            }
        }

        output.Append('"');
    }

    /// <summary>
    /// Shortest text that reads back as the same double: plain notation for 1e-6 &lt;= |x| &lt; 1e21, else an exponent without
    /// leading zeros. ECMAScript's Number::toString (RFC 8785, 3.2.2.3); Go writes the same.
    /// </summary>
    /// <exception cref="FormatException">Infinity or NaN.</exception>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new FormatException("JSON has no infinity and no NaN.");
        }

        if (value == 0)
        {
            return "0"; // also for -0
        }

        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var (digits, exponent) = Decompose(shortest);
        var sign = value < 0 ? "-" : "";
        var n = exponent + 1; // position of the decimal point, ECMAScript's n
        var k = digits.Length;
        if (k <= n && n <= 21)
        {
            return sign + digits + new string('0', n - k);
        }

        if (n is > 0 and <= 21)
        {
            return string.Concat(sign, digits.AsSpan(0, n), ".", digits.AsSpan(n));
        }

        if (n is > -6 and <= 0)
        {
            return sign + "0." + new string('0', -n) + digits;
        }

        var mark = exponent < 0 ? "e-" : "e+";
        var fraction = k == 1 ? "" : "." + digits[1..];
        return sign + digits[0] + fraction + mark + Math.Abs(exponent).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Significant digits without leading or trailing zeros, and the power of ten of the first one.</summary>
    private static (string Digits, int Exponent) Decompose(string shortest)
    {
        var text = shortest.AsSpan().TrimStart('-');
        var e = text.IndexOfAny('E', 'e');
        var exponent = e < 0 ? 0 : int.Parse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? text : text[..e];
        var point = mantissa.IndexOf('.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = point < 0 ? default : mantissa[(point + 1)..];
        var all = string.Concat(whole, fraction);
        var first = all.AsSpan().IndexOfAnyExcept('0');
        return (all[first..].TrimEnd('0'), whole.Length - 1 - first + exponent);
    }
}
