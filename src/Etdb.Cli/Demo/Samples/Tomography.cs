namespace Etdb.Cli.Demo.Samples;

/// <summary>
/// Single-axis tomography of a volume: parallel projections at given tilts about the y axis, and their weighted (Ram-Lak) back-projection
/// (Radermacher 1992). Small and plain: it makes the demo's simulated tilt-series and reconstructions.
/// </summary>
internal static class Tomography
{
    /// <summary>One image per tilt, with Gaussian noise of <paramref name="noise"/> times the images' mean.</summary>
    public static Volume Project(Volume volume, IReadOnlyList<double> tiltsDegrees, double noise, Random random)
    {
        var series = new Volume(volume.Width, volume.Height, tiltsDegrees.Count);
        Parallel.For(0, tiltsDegrees.Count, t =>
        {
            var (sin, cos) = Math.SinCos(tiltsDegrees[t] * Math.PI / 180);
            var (cx, cz) = ((volume.Width - 1) / 2.0, (volume.Depth - 1) / 2.0);
            for (var z = 0; z < volume.Depth; z++)
            {
                for (var x = 0; x < volume.Width; x++)
                {
                    var s = ((x - cx) * cos) + ((z - cz) * sin) + cx;
                    var left = (int)Math.Floor(s);
                    var part = (float)(s - left);
                    if (left < 0 || left + 1 >= volume.Width)
                    {
                        continue;
                    }

                    for (var y = 0; y < volume.Height; y++)
                    {
                        var v = volume[x, y, z];
                        series[left, y, t] += v * (1 - part);
                        series[left + 1, y, t] += v * part;
                    }
                }
            }
        });
        var mean = series.Voxels.Average();
        for (var i = 0; i < series.Voxels.Length; i++)
        {
            series.Voxels[i] += (float)(noise * mean * Gaussian(random));
        }

        return series;
    }

    /// <summary>The volume seen from its projections; missing tilts blur it along z, as in a real reconstruction.</summary>
    public static Volume BackProject(Volume series, IReadOnlyList<double> tiltsDegrees, int depth)
    {
        var filtered = RampFilter(series);
        var volume = new Volume(series.Width, series.Height, depth);
        var (cx, cz) = ((series.Width - 1) / 2.0, (depth - 1) / 2.0);
        Parallel.For(0, depth, z =>
        {
            for (var t = 0; t < tiltsDegrees.Count; t++)
            {
                var (sin, cos) = Math.SinCos(tiltsDegrees[t] * Math.PI / 180);
                for (var x = 0; x < series.Width; x++)
                {
                    var s = ((x - cx) * cos) + ((z - cz) * sin) + cx;
                    var left = (int)Math.Floor(s);
                    var part = (float)(s - left);
                    if (left < 0 || left + 1 >= series.Width)
                    {
                        continue;
                    }

                    for (var y = 0; y < series.Height; y++)
                    {
                        volume[x, y, z] += (filtered[left, y, t] * (1 - part)) + (filtered[left + 1, y, t] * part);
                    }
                }
            }
        });
        return volume;
    }

    // Ram-Lak in real space: 1/4 at 0, -1/(pi n)^2 at odd n, 0 at even n.
    private static Volume RampFilter(Volume series)
    {
        var kernel = Enumerable.Range(0, series.Width).Select(n => n == 0 ? 0.25f : n % 2 == 0 ? 0f : (float)(-1 / (Math.PI * Math.PI * n * n))).ToArray();
        var result = new Volume(series.Width, series.Height, series.Depth);
        Parallel.For(0, series.Height * series.Depth, row =>
        {
            var source = series.Voxels.AsSpan(row * series.Width, series.Width);
            var target = result.Voxels.AsSpan(row * series.Width, series.Width);
            for (var x = 0; x < series.Width; x++)
            {
                var sum = 0f;
                for (var k = 0; k < series.Width; k++)
                {
                    sum += source[k] * kernel[Math.Abs(x - k)];
                }

                target[x] = sum;
            }
        });
        return result;
    }

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());
}
