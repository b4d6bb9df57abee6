using System.Buffers.Binary;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;

namespace Etdb.Ipfs.Car;

/// <summary>One block of a CAR and where it stands in the version 1 part: offset of the section, length with its prefix.</summary>
public readonly record struct CarSection(Block Block, long Offset, int Length);

/// <summary>
/// Reads a CAR of version 1 or 2 from its beginning to its end, from any stream, with the memory of one block. Nothing is believed: lengths are limited,
/// and each block is hashed unless the caller says that it will.
/// </summary>
public sealed class CarReader
{
    private const int FirstBuffer = 1 << 18;
    private const int MaxSection = BlockLimits.MaxReadBytes + Cid.MaxBytes;

    private readonly Stream _stream;
    private readonly bool _verify;
    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private long _left = long.MaxValue;
    private long _position;

    private CarReader(Stream stream, bool verify)
    {
        _stream = stream;
        _verify = verify;
    }

    /// <summary>Version (of the outer file) and roots.</summary>
    public CarHeader Header { get; private set; } = new(1, []);

    /// <summary>Where the version 1 part begins in the stream.</summary>
    public long DataOffset { get; private set; }

    /// <summary>Length of the version 1 part; null when it reaches to the stream's end.</summary>
    public long? DataBytes { get; private set; }

    /// <summary>Where the index begins; null when there is none.</summary>
    public long? IndexOffset { get; private set; }

    /// <summary>Reads the header. With <paramref name="verify"/> false the caller must hash the blocks itself.</summary>
    /// <exception cref="FormatException">The stream is no CAR.</exception>
    public static async Task<CarReader> OpenAsync(Stream stream, bool verify, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var reader = new CarReader(stream, verify);
        await reader.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        return reader;
    }

    /// <summary>The next block, or null at the end. Its bytes are good until the next call.</summary>
    /// <exception cref="FormatException">The section is cut off, too long, or (when verifying) its bytes are not those of its CID.</exception>
    public async ValueTask<CarSection?> ReadAsync(CancellationToken cancellationToken)
    {
        var at = _position;
        if (await TryReadLengthAsync(cancellationToken).ConfigureAwait(false) is not { } length)
        {
            return null;
        }

        if (length is 0 or > MaxSection)
        {
            throw new FormatException($"The CAR's section at byte {at} has {length} bytes; 1 to {MaxSection} are possible.");
        }

        await FillAsync((int)length, at, cancellationToken).ConfigureAwait(false);
        var section = _buffer.AsMemory(_start, (int)length);
        Take((int)length);
        if (!Cid.TryRead(section.Span, out var cid, out var read, out var problem))
        {
            throw new FormatException($"The CAR's section at byte {at} does not start with a CID: {problem}.");
        }

        var block = new Block(cid, section[read..]);
        if (block.Data.Length > BlockLimits.MaxReadBytes)
        {
            throw new FormatException($"The CAR's block {cid} at byte {at} has more than {BlockLimits.MaxReadBytes} bytes.");
        }

        return !_verify || block.Verify() == HashCheck.Match
            ? new CarSection(block, at, (int)(_position - at))
            : throw new FormatException($"The CAR's block {cid} at byte {at}: its bytes are not those of its name, or its hash cannot be checked.");
    }

    private async Task ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (!await TryFillAsync(1, cancellationToken).ConfigureAwait(false))
        {
            throw new FormatException("The CAR is empty.");
        }

        var isV2 = await TryFillAsync(CarHeader.V2Magic.Length, cancellationToken).ConfigureAwait(false)
            && _buffer.AsSpan(_start, CarHeader.V2Magic.Length).SequenceEqual(CarHeader.V2Magic);
        if (isV2)
        {
            await ReadWrapperAsync(cancellationToken).ConfigureAwait(false);
        }

        _position = 0;
        var length = await TryReadLengthAsync(cancellationToken).ConfigureAwait(false) ?? throw new FormatException("The CAR is empty.");
        if (length is 0 or > CarHeader.MaxBytes)
        {
            throw new FormatException($"The CAR's header has {length} bytes; 1 to {CarHeader.MaxBytes} are possible.");
        }

        await FillAsync((int)length, 0, cancellationToken).ConfigureAwait(false);
        Header = CarHeader.Decode(_buffer.AsSpan(_start, (int)length).ToArray()) with { Version = isV2 ? 2 : 1 };
        Take((int)length);
    }

    private async Task ReadWrapperAsync(CancellationToken cancellationToken)
    {
        await FillAsync(CarHeader.V2PrefixBytes, 0, cancellationToken).ConfigureAwait(false);
        var fields = _buffer.AsSpan(_start + CarHeader.V2Magic.Length + 16, 24);
        var dataOffset = BinaryPrimitives.ReadUInt64LittleEndian(fields);
        var dataBytes = BinaryPrimitives.ReadUInt64LittleEndian(fields[8..]);
        var indexOffset = BinaryPrimitives.ReadUInt64LittleEndian(fields[16..]);
        var end = (UInt128)dataOffset + dataBytes;
        if (dataOffset < CarHeader.V2PrefixBytes || dataBytes == 0 || end > long.MaxValue || (indexOffset != 0 && (indexOffset < end || indexOffset > long.MaxValue)))
        {
            throw new FormatException($"The CAR's version 2 header places data at {dataOffset}, {dataBytes} bytes, index at {indexOffset}: that cannot be.");
        }

        Take(CarHeader.V2PrefixBytes);
        for (var skip = (long)dataOffset - CarHeader.V2PrefixBytes; skip > 0;)
        {
            var step = (int)Math.Min(skip, FirstBuffer);
            await FillAsync(step, 0, cancellationToken).ConfigureAwait(false);
            Take(step);
            skip -= step;
        }

        DataOffset = (long)dataOffset;
        DataBytes = _left = (long)dataBytes;
        IndexOffset = indexOffset == 0 ? null : (long)indexOffset;
    }

    private async ValueTask<ulong?> TryReadLengthAsync(CancellationToken cancellationToken)
    {
        var at = _position;
        for (var need = 1; need <= Varint.MaxBytes; need++)
        {
            if (!await TryFillAsync(need, cancellationToken).ConfigureAwait(false))
            {
                return need == 1 ? null : throw new FormatException($"The CAR ends inside the length at byte {at}.");
            }

            if (_buffer[_start + need - 1] < 0x80)
            {
                var good = Varint.TryRead(_buffer.AsSpan(_start, need), out var value, out _);
                Take(need);
                return good ? value : throw new FormatException($"The CAR's length at byte {at} is not in shortest form.");
            }
        }

        throw new FormatException($"The CAR's length at byte {at} is too long.");
    }

    private async ValueTask FillAsync(int count, long at, CancellationToken cancellationToken)
    {
        if (!await TryFillAsync(count, cancellationToken).ConfigureAwait(false))
        {
            throw new FormatException($"The CAR ends inside the section at byte {at}.");
        }
    }

    /// <summary>Makes sure that <paramref name="count"/> bytes are in the buffer; false when the data ends before.</summary>
    private async ValueTask<bool> TryFillAsync(int count, CancellationToken cancellationToken)
    {
        if (count > _left)
        {
            return false;
        }

        if (_end - _start >= count)
        {
            return true;
        }

        var held = _buffer.AsSpan(_start, _end - _start);
        if (count > _buffer.Length)
        {
            // Grows with what really came, so that a lying length costs no memory.
            count = await GrowAsync(count, cancellationToken).ConfigureAwait(false);
            return count == 0;
        }

        held.CopyTo(_buffer);
        (_start, _end) = (0, held.Length);
        while (_end < count)
        {
            var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    private async ValueTask<int> GrowAsync(int count, CancellationToken cancellationToken)
    {
        for (var size = _buffer.Length; _end - _start < count; size = Math.Min(Math.Max(count, FirstBuffer), size * 2))
        {
            if (size > _buffer.Length)
            {
                var larger = new byte[size];
                _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
                (_buffer, _end, _start) = (larger, _end - _start, 0);
            }

            if (!await TryFillAsync(Math.Min(count, _buffer.Length), cancellationToken).ConfigureAwait(false))
            {
                return count;
            }
        }

        return 0;
    }

    private void Take(int count)
    {
        _start += count;
        _position += count;
        if (_left != long.MaxValue)
        {
            _left -= count;
        }
    }
}
