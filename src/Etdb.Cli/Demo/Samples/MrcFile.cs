using System.Buffers.Binary;
using System.Text;

namespace Etdb.Cli.Demo.Samples;

/// <summary>
/// MRC2014 files (Cheng et al. 2015, doi:10.1016/j.jsb.2015.04.002): a 1024-byte little-endian header and sections of voxels.
/// Writes mode 1 (int16); reads one section of modes 0, 1, 2 and 6 for a thumbnail.
/// </summary>
internal static class MrcFile
{
    private const int HeaderBytes = 1024;
    private const int MostVoxelsOfASection = 64 * 1024 * 1024;

    /// <summary>Writes the volume scaled to int16; <paramref name="stack"/> says that sections are images of a series (space group 0), not a volume (1).</summary>
    public static void Write(string path, Volume volume, bool stack, double angstromPerVoxel, string label)
    {
        var (minimum, maximum) = (volume.Voxels.Min(), volume.Voxels.Max());
        var scale = maximum > minimum ? 30000f / (maximum - minimum) : 1f;
        var body = new byte[volume.Voxels.Length * 2];
        double sum = 0, squares = 0;
        short low = short.MaxValue, high = short.MinValue;
        for (var i = 0; i < volume.Voxels.Length; i++)
        {
            var value = (short)(((volume.Voxels[i] - minimum) * scale) - 15000);
            BinaryPrimitives.WriteInt16LittleEndian(body.AsSpan(i * 2), value);
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
            sum += value;
            squares += (double)value * value;
        }

        var mean = sum / volume.Voxels.Length;
        var header = Header(volume, stack, angstromPerVoxel, label, (low, high, mean, Math.Sqrt((squares / volume.Voxels.Length) - (mean * mean))));
        using var file = File.Create(path);
        file.Write(header);
        file.Write(body);
    }

    /// <summary>The middle section of a map as values, or null when it is not an MRC file of a mode we draw.</summary>
    public static Volume? ReadMiddleSection(string path)
    {
        using var file = File.OpenRead(path);
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.AsSpan(208, 3).SequenceEqual("MAP"u8))
        {
            return null;
        }

        int Int(int word) => BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(word * 4));
        var (width, height, depth, mode, extended) = (Int(0), Int(1), Int(2), Int(3), Int(23));
        var bytesPerVoxel = mode switch { 0 => 1, 1 or 6 => 2, 2 => 4, _ => 0 };
        if (bytesPerVoxel == 0 || width <= 0 || height <= 0 || depth <= 0 || extended < 0 || (long)width * height > MostVoxelsOfASection)
        {
            return null;
        }

        var section = new byte[width * height * bytesPerVoxel];
        file.Seek(HeaderBytes + extended + ((long)(depth / 2) * section.Length), SeekOrigin.Begin);
        if (file.ReadAtLeast(section, section.Length, throwOnEndOfStream: false) < section.Length)
        {
            return null;
        }

        var image = new Volume(width, height, 1);
        for (var i = 0; i < image.Voxels.Length; i++)
        {
            image.Voxels[i] = mode switch
            {
                0 => (sbyte)section[i],
                1 => BinaryPrimitives.ReadInt16LittleEndian(section.AsSpan(i * 2)),
                6 => BinaryPrimitives.ReadUInt16LittleEndian(section.AsSpan(i * 2)),
                _ => BinaryPrimitives.ReadSingleLittleEndian(section.AsSpan(i * 4)),
            };
        }

        return image;
    }

    private static byte[] Header(Volume volume, bool stack, double angstromPerVoxel, string label, (short Low, short High, double Mean, double Rms) statistics)
    {
        var header = new byte[HeaderBytes];
        void Int(int word, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(word * 4), value);
        void Real(int word, double value) => BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(word * 4), (float)value);
        Int(0, volume.Width);
        Int(1, volume.Height);
        Int(2, volume.Depth);
        Int(3, 1);
        Int(7, volume.Width);
        Int(8, volume.Height);
        Int(9, volume.Depth);
        Real(10, volume.Width * angstromPerVoxel);
        Real(11, volume.Height * angstromPerVoxel);
        Real(12, volume.Depth * angstromPerVoxel);
        Real(13, 90);
        Real(14, 90);
        Real(15, 90);
        Int(16, 1);
        Int(17, 2);
        Int(18, 3);
        Real(19, statistics.Low);
        Real(20, statistics.High);
        Real(21, statistics.Mean);
        Int(22, stack ? 0 : 1);
        Int(27, 20140);
        "MAP "u8.CopyTo(header.AsSpan(208));
        header[212] = 0x44;
        header[213] = 0x44;
        Real(54, statistics.Rms);
        Int(55, 1);
        Encoding.ASCII.GetBytes(label.PadRight(80)[..80]).CopyTo(header.AsSpan(224));
        return header;
    }
}
