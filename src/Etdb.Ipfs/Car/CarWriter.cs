using System.Buffers;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Car;

/// <summary>
/// Writes the version 1 form of a CAR to any stream: header, then blocks in the order they are put. A block that was written before is left out while its
/// digest is remembered (the first <see cref="RememberedBlocks"/> different ones). One caller at a time.
/// </summary>
public sealed class CarWriter : IBlockWriter
{
    /// <summary>Blocks whose repetition is noticed; 32 bytes of memory each.</summary>
    public const int RememberedBlocks = 1 << 21;

    private readonly Stream _stream;
    private readonly HashSet<UInt128> _written = [];
    private readonly Action<Cid, long>? _onBlock;

    private CarWriter(Stream stream, long position, Action<Cid, long>? onBlock)
    {
        _stream = stream;
        _onBlock = onBlock;
        Position = position;
    }

    /// <summary>Bytes written so far.</summary>
    public long Position { get; private set; }

    /// <summary>Blocks written so far.</summary>
    public long Blocks { get; private set; }

    /// <summary>Writes the header. <paramref name="onBlock"/> is told each block's offset: what an index is made of.</summary>
    public static async Task<CarWriter> CreateAsync(Stream stream, IReadOnlyList<Cid> roots, Action<Cid, long>? onBlock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var header = CarHeader.EncodeV1(roots);
        await stream.WriteAsync(header, cancellationToken).ConfigureAwait(false);
        return new CarWriter(stream, header.Length, onBlock);
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(Block block, CancellationToken cancellationToken)
    {
        if (block.Data.Length > BlockLimits.MaxReadBytes)
        {
            throw new ArgumentException($"Block {block.Cid} has {block.Data.Length} bytes, and a CAR here holds at most {BlockLimits.MaxReadBytes} each.", nameof(block));
        }

        if (block.Cid.IsIdentity || IsRepeated(block.Cid))
        {
            return;
        }

        _onBlock?.Invoke(block.Cid, Position);
        var prefix = ArrayPool<byte>.Shared.Rent(Varint.MaxBytes + Cid.MaxBytes);
        try
        {
            var cid = block.Cid.Memory;
            var used = Varint.Write(prefix, (ulong)(cid.Length + block.Data.Length));
            cid.CopyTo(prefix.AsMemory(used));
            used += cid.Length;
            await _stream.WriteAsync(prefix.AsMemory(0, used), cancellationToken).ConfigureAwait(false);
            await _stream.WriteAsync(block.Data, cancellationToken).ConfigureAwait(false);
            Position += used + block.Data.Length;
            Blocks++;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(prefix);
        }
    }

    /// <inheritdoc/>
    public async ValueTask PutManyAsync(IReadOnlyList<Block> blocks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        foreach (var block in blocks)
        {
            await PutAsync(block, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsRepeated(Cid cid)
    {
        var digest = cid.Hash.Digest;
        if (digest.Length < 16)
        {
            return false;
        }

        var key = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(digest);
        return _written.Count < RememberedBlocks ? !_written.Add(key) : _written.Contains(key);
    }
}
