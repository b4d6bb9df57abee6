using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Dag;
using Etdb.Ipfs.UnixFs;

namespace Etdb.Ipfs.Gateway;

/// <summary>A file in a DAG as a stream that can be read from any place; every block is hashed before its bytes come out.</summary>
internal sealed class UnixFsStream(IBlockReader blocks, Cid cid, long length) : Stream
{
    private IAsyncEnumerator<ReadOnlyMemory<byte>>? _parts;
    private ReadOnlyMemory<byte> _current;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; } = length;

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_current.IsEmpty && _position < Length && buffer.Length > 0)
        {
            _parts ??= UnixFsReader.ReadAsync(blocks, cid, _position, null, cancellationToken).GetAsyncEnumerator(cancellationToken);
            if (!await _parts.MoveNextAsync().ConfigureAwait(false))
            {
                break;
            }

            _current = _parts.Current;
        }

        var count = Math.Min(buffer.Length, _current.Length);
        _current[..count].CopyTo(buffer);
        _current = _current[count..];
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("blocks are read asynchronously");

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _position + offset, _ => Length + offset };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        if (target != _position)
        {
            _parts = null; // holds nothing that must be given back
            _current = default;
            _position = target;
        }

        return target;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("content does not change");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("content does not change");
}
