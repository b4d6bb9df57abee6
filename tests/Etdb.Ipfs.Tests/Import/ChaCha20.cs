using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Etdb.Ipfs.Tests.Import;

/// <summary>The key stream of ChaCha20 (RFC 8439) with the sha2-256 of a seed as key and a zero nonce: the bytes that Kubo's published CIDs are of.</summary>
internal sealed class ChaCha20
{
    private readonly uint[] _state = new uint[16];
    private readonly byte[] _block = new byte[64];
    private int _used = 64;

    public ChaCha20(string seed)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
        "expand 32-byte k"u8.ToArray().Chunk(4).Select((part, i) => (part, i)).ToList().ForEach(x => _state[x.i] = BinaryPrimitives.ReadUInt32LittleEndian(x.part));
        for (var i = 0; i < 8; i++)
        {
            _state[4 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * i));
        }
    }

    public static void Fill(Span<byte> to, string seed) => new ChaCha20(seed).Next(to);

    /// <summary>The next bytes of the stream.</summary>
    public void Next(Span<byte> to)
    {
        while (!to.IsEmpty)
        {
            if (_used == _block.Length)
            {
                MakeBlock();
                _used = 0;
            }

            var take = Math.Min(to.Length, _block.Length - _used);
            _block.AsSpan(_used, take).CopyTo(to);
            to = to[take..];
            _used += take;
        }
    }

    private void MakeBlock()
    {
        Span<uint> x = stackalloc uint[16];
        _state.CopyTo(x);
        for (var round = 0; round < 10; round++)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 1, 5, 9, 13);
            Quarter(x, 2, 6, 10, 14);
            Quarter(x, 3, 7, 11, 15);
            Quarter(x, 0, 5, 10, 15);
            Quarter(x, 1, 6, 11, 12);
            Quarter(x, 2, 7, 8, 13);
            Quarter(x, 3, 4, 9, 14);
        }

        for (var i = 0; i < 16; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(4 * i), x[i] + _state[i]);
        }

        _state[12]++;
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[a] += x[b];
        x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 16);
        x[c] += x[d];
        x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 12);
        x[a] += x[b];
        x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 8);
        x[c] += x[d];
        x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 7);
    }
}
