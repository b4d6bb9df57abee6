using System.Buffers.Binary;
using System.IO.Compression;

namespace Etdb.Cli.Demo.Samples;

/// <summary>Greyscale PNG files (ISO/IEC 15948) from one section of a volume, stretched between its 1st and 99th percentile.</summary>
internal static class PngImage
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n =>
    {
        var c = (uint)n;
        for (var k = 0; k < 8; k++)
        {
            c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        }

        return c;
    })];

    /// <summary>8-bit pixels of a section, dark for dense (as micrographs are shown).</summary>
    public static byte[] Pixels(ReadOnlySpan<float> section)
    {
        var sorted = section.ToArray();
        Array.Sort(sorted);
        var low = sorted[sorted.Length / 100];
        var high = Math.Max(low + 1e-6f, sorted[sorted.Length - 1 - (sorted.Length / 100)]);
        var pixels = new byte[section.Length];
        for (var i = 0; i < section.Length; i++)
        {
            pixels[i] = (byte)(255 - Math.Clamp((section[i] - low) / (high - low) * 255, 0, 255));
        }

        return pixels;
    }

    /// <summary>Writes pixels, each repeated <paramref name="enlarge"/> times in both directions.</summary>
    public static void Write(string path, byte[] pixels, int width, int height, int enlarge = 1)
    {
        var raw = new byte[height * enlarge * ((width * enlarge) + 1)];
        var at = 0;
        for (var y = 0; y < height * enlarge; y++)
        {
            raw[at++] = 0;
            for (var x = 0; x < width * enlarge; x++)
            {
                raw[at++] = pixels[(y / enlarge * width) + (x / enlarge)];
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width * enlarge);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height * enlarge);
        header[8] = 8;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(raw);
        }

        using var file = File.Create(path);
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, packed.ToArray());
        Chunk(file, "IEND"u8, []);
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> body)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, body.Length);
        file.Write(word);
        file.Write(type);
        file.Write(body);
        var crc = 0xFFFFFFFFu;
        foreach (var b in type)
        {
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        foreach (var b in body)
        {
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        BinaryPrimitives.WriteUInt32BigEndian(word, crc ^ 0xFFFFFFFFu);
        file.Write(word);
    }
}
