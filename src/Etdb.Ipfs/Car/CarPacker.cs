using System.Buffers.Binary;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Import;

namespace Etdb.Ipfs.Car;

/// <summary>
/// Packs a file or folder into a CAR: read once, written once, children before parents. The file appears under its name only when it is whole and on disk.
/// The same input gives the same bytes.
/// </summary>
public static class CarPacker
{
    private const int WriteBuffer = 1 << 20;
    private const int Tries = 2;

    /// <summary>Packs <paramref name="path"/> into <paramref name="carPath"/>; <paramref name="withIndex"/> makes it version 2.</summary>
    /// <exception cref="ImportException">The input could not be read as it is.</exception>
    public static async Task<ImportResult> PackAsync(string path, string carPath, ImportOptions options, bool withIndex, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var full = Path.GetFullPath(carPath);
        var temporary = full + ".part";
        if (full.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new ImportException(ImportProblem.OutputInside, carPath, $"'{carPath}' lies inside '{path}' and would be packed into itself; write it elsewhere.");
        }

        try
        {
            // The header stands first and its length depends on the root's version, which only a file of one raw chunk changes.
            var assumed = Cid.Of(default, Multicodec.DagPb, options.Profile.CidVersion);
            for (var attempt = 1; attempt <= Tries; attempt++)
            {
                var result = await TryPackAsync(path, temporary, assumed, options, withIndex, cancellationToken).ConfigureAwait(false);
                if (result.Cid.Bytes.Length == assumed.Bytes.Length)
                {
                    File.Move(temporary, full, true);
                    return result;
                }

                assumed = result.Cid;
            }

            throw new ImportException(ImportProblem.FileChanged, path, $"'{path}' changed between two readings.");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task<ImportResult> TryPackAsync(
        string path, string temporary, Cid assumed, ImportOptions options, bool withIndex, CancellationToken cancellationToken)
    {
        var file = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, WriteBuffer, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            var start = withIndex ? CarHeader.V2PrefixBytes : 0;
            file.Position = start;
            var index = withIndex ? new CarIndex() : null;
            Action<Cid, long>? note = index is null ? null : (cid, offset) => index.Add(cid.Hash, offset);
            var writer = await CarWriter.CreateAsync(file, [assumed], note, cancellationToken).ConfigureAwait(false);
            var result = await new UnixFsImporter(options, writer).ImportPathAsync(path, cancellationToken).ConfigureAwait(false);
            index?.WriteTo(file);
            file.Position = 0;
            if (withIndex)
            {
                file.Write(Wrapper(start, writer.Position));
            }

            if (result.Cid.Bytes.Length == assumed.Bytes.Length)
            {
                file.Write(CarHeader.EncodeV1([result.Cid]));
            }

            file.Flush(true);
            return result;
        }
    }

    private static byte[] Wrapper(long dataOffset, long dataBytes)
    {
        var bytes = new byte[CarHeader.V2PrefixBytes];
        CarHeader.V2Magic.CopyTo(bytes);
        var fields = bytes.AsSpan(CarHeader.V2Magic.Length + 16);
        BinaryPrimitives.WriteInt64LittleEndian(fields, dataOffset);
        BinaryPrimitives.WriteInt64LittleEndian(fields[8..], dataBytes);
        BinaryPrimitives.WriteInt64LittleEndian(fields[16..], dataOffset + dataBytes);
        return bytes;
    }
}
