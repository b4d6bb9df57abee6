using System.Buffers;
using System.Text;
using System.Text.Json;
using Etdb.Ipfs.Node.Pins;

namespace Etdb.Ipfs.Node.Rpc;

/// <summary>
/// The lines of a listing, written as bytes into one buffer that is sent whenever it is nearly full: nothing is allocated for a pin without a name. Either
/// one JSON document a line (<c>{"Cid":…,"Type":…}</c>), or the members of one object (<c>"CID":{"Type":…}</c>).
/// </summary>
internal sealed class PinLines(bool stream, bool names) : IDisposable
{
    private const int BufferBytes = 32 << 10; // small enough to stay in the processor's cache until it is copied

    /// <summary>More than the longest line: a CID of the longest kind, and a name of <see cref="PinStore.MaxNameBytes"/> of which each byte needs six.</summary>
    private const int LineBytes = 8 << 10;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _length;
    private bool _first = true;

    /// <summary>What waits to be sent.</summary>
    public ReadOnlyMemory<byte> Pending => _buffer.AsMemory(0, _length);

    /// <summary>Writes one; true when <see cref="Pending"/> should be sent and <see cref="Sent"/> called before the next.</summary>
    public bool Add(in PinKey key, int version, ReadOnlySpan<byte> type, string? name)
    {
        Put(stream ? "{\"Cid\":\""u8 : _first ? "\""u8 : ",\""u8);
        _first = false;
        var letters = PinText.Write(key, version, _buffer.AsSpan(_length));
        _length += letters > 0 ? letters : Encoding.ASCII.GetBytes(key.ToCid(version).ToString(), _buffer.AsSpan(_length));
        Put(stream ? "\",\"Type\":\""u8 : "\":{\"Type\":\""u8);
        Put(type);
        Put("\""u8);
        if (names)
        {
            Put(",\"Name\":"u8);
            Put(JsonSerializer.SerializeToUtf8Bytes(name ?? string.Empty));
        }

        Put(stream ? "}\n"u8 : "}"u8);
        return _length > BufferBytes - LineBytes;
    }

    /// <summary>What was pending is on its way.</summary>
    public void Sent() => _length = 0;

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
