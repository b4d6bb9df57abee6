using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>
/// Eight sums of points in Jacobian coordinates, as <see cref="PointSum"/>, but with the one formula of addition only. Where two points are added that are equal or opposite, that
/// formula makes Z zero, and Z stays zero: a sum with Z = 0 is no answer.
/// </summary>
[SkipLocalsInit]
[SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
internal struct WideSum
{
    public WideNumber X;
    public WideNumber Y;
    public WideNumber Z;

    /// <summary>The same point in each lane.</summary>
    public static WideSum Same(CurvePoint point) => new() { X = WideNumber.Same(point.X), Y = WideNumber.Same(point.Y), Z = WideNumber.Same(FieldElement.One) };

    /// <summary>Adds a point in the lanes of the mask; its x has size 1, its y <see cref="WideNumber.DifferenceSize"/> at most.</summary>
    public void Add(in WideNumber x, in WideNumber y, Vector512<ulong> mask)
    {
        var zz = Z.Square();
        var h = (x * zz) - X;
        var r = (y * (zz * Z)) - Y;
        var sum = Finish(X, Y, h, r, Z);
        if (mask == Vector512<ulong>.AllBitsSet)
        {
            this = sum;
            return;
        }

        X = WideNumber.Choose(mask, sum.X, X);
        Y = WideNumber.Choose(mask, sum.Y, Y);
        Z = WideNumber.Choose(mask, sum.Z, Z);
    }

    public void Add(in WideSum other)
    {
        var zz = Z.Square();
        var otherZz = other.Z.Square();
        var x = X * otherZz;
        var y = Y * (otherZz * other.Z);
        this = Finish(x, y, (other.X * zz) - x, (other.Y * (zz * Z)) - y, Z * other.Z);
    }

    // As in PointSum. Sizes: h and r come with 5; v - newX has 5; newX and newY are carried to 1.
    private static WideSum Finish(in WideNumber x, in WideNumber y, in WideNumber h, in WideNumber r, in WideNumber z)
    {
        var hh = h.Square();
        var hhh = hh * h;
        var v = x * hh;
        WideSum sum;
        sum.X = (r.Square() - hhh - (v + v)).Carry();
        sum.Y = ((r * (v - sum.X)) - (y * hhh)).Carry();
        sum.Z = z * h;
        return sum;
    }
}
