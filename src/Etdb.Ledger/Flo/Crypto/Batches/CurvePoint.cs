namespace Etdb.Ledger.Flo.Crypto.Batches;

/// <summary>A point of secp256k1 (y² = x³ + 7) that is not the one at infinity.</summary>
internal readonly record struct CurvePoint(FieldElement X, FieldElement Y)
{
    private static readonly FieldElement Seven = new(7, 0, 0, 0);

    /// <summary>The same x on the other side.</summary>
    public CurvePoint Negate() => new(X, -Y);

    /// <summary>The point with that x, the y odd or even as asked for; false when no point has it.</summary>
    public static bool TryLift(FieldElement x, bool odd, out CurvePoint point)
    {
        var found = ((x.Square() * x) + Seven).TrySquareRoot(out var y);
        point = new CurvePoint(x, y.IsOdd == odd ? y : -y);
        return found;
    }

    /// <summary>The points of many x; false when one of them has none.</summary>
    public static bool TryLift(ReadOnlySpan<FieldElement> x, ReadOnlySpan<bool> odd, Span<CurvePoint> points)
    {
        if (WideMultiSum.IsSupported && x.Length > 1)
        {
            return WideMultiSum.TryLift(x, odd, points);
        }

        var found = true;
        for (var i = 0; i < x.Length; i++)
        {
            found &= TryLift(x[i], odd[i], out points[i]);
        }

        return found;
    }
}

/// <summary>A sum of points in Jacobian coordinates (x = X/Z², y = Y/Z³), so that no step needs a division. Z = 0 is the point at infinity.</summary>
internal struct PointSum
{
    private FieldElement _x;
    private FieldElement _y;
    private FieldElement _z;

    public readonly bool IsInfinity => _z.IsZero;

    /// <summary>The sums in the eight lanes.</summary>
    public static void FromWide(in WideSum wide, Span<PointSum> sums)
    {
        Span<FieldElement> x = stackalloc FieldElement[WideNumber.Lanes];
        Span<FieldElement> y = stackalloc FieldElement[WideNumber.Lanes];
        Span<FieldElement> z = stackalloc FieldElement[WideNumber.Lanes];
        wide.X.CopyTo(x);
        wide.Y.CopyTo(y);
        wide.Z.CopyTo(z);
        for (var i = 0; i < WideNumber.Lanes; i++)
        {
            sums[i] = new PointSum { _x = x[i], _y = y[i], _z = z[i] };
        }
    }

    /// <summary>The same with the other sign.</summary>
    public readonly PointSum Negate() => new() { _x = _x, _y = -_y, _z = _z };

    public readonly bool Equals(CurvePoint point)
    {
        var zz = _z.Square();
        return !IsInfinity && _x.Equals(point.X * zz) && _y.Equals(point.Y * (zz * _z));
    }

    public void Double()
    {
        var xx = _x.Square();
        var yy = _y.Square();
        var s = _x * yy;
        s += s;
        s += s;
        var m = xx + xx + xx;
        var z = _y * _z;
        _x = m.Square() - (s + s);
        var yyyy = yy.Square();
        yyyy += yyyy;
        yyyy += yyyy;
        _y = (m * (s - _x)) - (yyyy + yyyy);
        _z = z + z;
    }

    public void Add(in CurvePoint point)
    {
        if (IsInfinity)
        {
            (_x, _y, _z) = (point.X, point.Y, FieldElement.One);
            return;
        }

        var zz = _z.Square();
        Finish(_x, _y, (point.X * zz) - _x, (point.Y * (zz * _z)) - _y, _z);
    }

    public void Add(in PointSum other)
    {
        if (other.IsInfinity)
        {
            return;
        }

        if (IsInfinity)
        {
            this = other;
            return;
        }

        var zz = _z.Square();
        var otherZz = other._z.Square();
        var x = _x * otherZz;
        var y = _y * (otherZz * other._z);
        Finish(x, y, (other._x * zz) - x, (other._y * (zz * _z)) - y, _z * other._z);
    }

    // x, y: this point over the common denominator; h, r: what the other has more; z: product of the denominators.
    private void Finish(in FieldElement x, in FieldElement y, in FieldElement h, in FieldElement r, in FieldElement z)
    {
        if (h.IsZero)
        {
            if (r.IsZero)
            {
                Double();
            }
            else
            {
                this = default;
            }

            return;
        }

        var hh = h.Square();
        var hhh = hh * h;
        var v = x * hh;
        var newX = r.Square() - hhh - (v + v);
        var newY = (r * (v - newX)) - (y * hhh);
        (_x, _y, _z) = (newX, newY, z * h);
    }
}
