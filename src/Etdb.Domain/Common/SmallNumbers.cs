namespace Etdb.Domain.Common;

/// <summary>
/// eˣ − 1 and ln(1 + x) to full precision near zero (Kahan's corrections). The framework's <c>double.ExpM1</c> and <c>double.LogP1</c> are the naive
/// expressions: they lose everything below 1e-16, which is where the risks of well-kept datasets live.
/// </summary>
public static class SmallNumbers
{
    /// <summary>eˣ − 1.</summary>
    public static double ExpM1(double x)
    {
        var exp = Math.Exp(x);
        if (exp == 1)
        {
            return x;
        }

        var difference = exp - 1;
        return difference == -1 || double.IsInfinity(exp) ? difference : difference * x / Math.Log(exp);
    }

    /// <summary>ln(1 + x), x ≥ −1.</summary>
    public static double LogP1(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }
}
