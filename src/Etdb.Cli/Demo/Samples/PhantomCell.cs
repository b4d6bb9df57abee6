namespace Etdb.Cli.Demo.Samples;

/// <summary>
/// A simulated bacterial cell: two membranes around a rod-shaped body, ribosomes inside, a flagellar motor (rings, rod, hook, filament)
/// at one pole. Not data of any real specimen; made so that the demo's files look and compress like tomograms.
/// </summary>
internal static class PhantomCell
{
    private const int Ribosomes = 140;

    public static Volume Build(int width, int height, int depth, int seed)
    {
        var random = new Random(seed);
        var volume = new Volume(width, height, depth);
        var tilt = (random.NextDouble() - 0.5) * 0.5;
        var body = new Body(width * 0.46, height / 2.0, depth / 2.0, width * (0.30 + (0.06 * random.NextDouble())), height * (0.24 + (0.05 * random.NextDouble())), depth * 0.34, tilt);
        Membranes(volume, body);
        for (var i = 0; i < Ribosomes; i++)
        {
            var (x, y, z) = body.At(((random.NextDouble() * 2) - 1) * 0.72, ((random.NextDouble() * 2) - 1) * 0.66, ((random.NextDouble() * 2) - 1) * 0.66);
            if (body.Radius(x, y, z) < 0.78)
            {
                Blob(volume, x, y, z, 2.0 + random.NextDouble(), 1.6);
            }
        }

        Motor(volume, body);
        return volume;
    }

    private static void Membranes(Volume volume, Body body)
    {
        for (var z = 0; z < volume.Depth; z++)
        {
            for (var y = 0; y < volume.Height; y++)
            {
                for (var x = 0; x < volume.Width; x++)
                {
                    var r = body.Radius(x, y, z);
                    var inner = Math.Exp(-Math.Pow((r - 0.86) / 0.022, 2));
                    var outer = Math.Exp(-Math.Pow((r - 1.0) / 0.020, 2));
                    var cytoplasm = r < 0.86 ? 0.22 : 0.0;
                    volume[x, y, z] += (float)((1.1 * inner) + (1.3 * outer) + cytoplasm);
                }
            }
        }
    }

    private static void Motor(Volume volume, Body body)
    {
        foreach (var (place, radius) in new[] { (0.80, 5.5), (0.87, 6.5), (0.94, 4.0), (1.01, 4.8) })
        {
            for (var step = 0; step < 48; step++)
            {
                var angle = Math.Tau * step / 48;
                var (x, y, z) = body.At(place, 0, 0);
                Blob(volume, x, y + (radius * Math.Cos(angle)), z + (radius * Math.Sin(angle)), 1.1, 1.5);
            }
        }

        for (var along = 0.72; along < 1.75; along += 0.01)
        {
            var wave = along > 1.12 ? 6 * Math.Sin((along - 1.12) * 9) : 0;
            var (x, y, z) = body.At(along, 0, 0);
            Blob(volume, x, y + wave, z, 1.0, 1.2);
        }
    }

    private static void Blob(Volume volume, double cx, double cy, double cz, double sigma, double weight)
    {
        var reach = (int)Math.Ceiling(sigma * 2.5);
        for (var z = Math.Max(0, (int)cz - reach); z <= Math.Min(volume.Depth - 1, (int)cz + reach); z++)
        {
            for (var y = Math.Max(0, (int)cy - reach); y <= Math.Min(volume.Height - 1, (int)cy + reach); y++)
            {
                for (var x = Math.Max(0, (int)cx - reach); x <= Math.Min(volume.Width - 1, (int)cx + reach); x++)
                {
                    var d2 = ((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) + ((z - cz) * (z - cz));
                    volume[x, y, z] += (float)(weight * Math.Exp(-d2 / (2 * sigma * sigma)));
                }
            }
        }
    }

    /// <summary>An ellipsoid with its long axis turned in the image plane.</summary>
    private sealed record Body(double X, double Y, double Z, double A, double B, double C, double Turn)
    {
        private readonly double _cos = Math.Cos(Turn);
        private readonly double _sin = Math.Sin(Turn);

        /// <summary>1 on the surface, 0 in the middle.</summary>
        public double Radius(double x, double y, double z)
        {
            var (dx, dy, dz) = (x - X, y - Y, z - Z);
            var u = ((dx * _cos) + (dy * _sin)) / A;
            var v = ((dy * _cos) - (dx * _sin)) / B;
            var w = dz / C;
            return Math.Sqrt((u * u) + (v * v) + (w * w));
        }

        /// <summary>A place in units of the half axes.</summary>
        public (double X, double Y, double Z) At(double u, double v, double w)
            => (X + (u * A * _cos) - (v * B * _sin), Y + (u * A * _sin) + (v * B * _cos), Z + (w * C));
    }
}
