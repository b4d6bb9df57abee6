using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Etdb.Ledger.Indexing.Reading;

/// <summary>
/// Signatures that were found valid, each as the first 128 bits of a SHA-256 over the rules' version, network, address, signature and message: whoever changes any of
/// these asks for another number and gets no. Only valid ones are remembered, and forgetting costs time only. Safe for many threads.
/// </summary>
internal sealed class VerifiedSignatures(FloNetwork network)
{
    /// <summary>Raised when the way signatures are judged changes: what was stored before then counts for nothing.</summary>
    public const int Version = 1;

    /// <summary>Bytes of one remembered signature.</summary>
    public const int DigestBytes = 16;

    /// <summary>A few runs of blocks; the oldest facts are in the store's read models by then.</summary>
    private const int MostKept = 200_000;

    private readonly ConcurrentDictionary<UInt128, bool> _valid = new();
    private readonly ConcurrentQueue<UInt128> _fresh = new();
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes($"etdb-verified-{Version}-{network.Name}-");

    /// <summary>The number of a signature.</summary>
    public UInt128 Key(string address, string signature, ReadOnlySpan<byte> message)
    {
        var length = _prefix.Length + (2 * sizeof(int)) + (3 * (address.Length + signature.Length)) + message.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var buffer = rented.AsSpan();
            _prefix.CopyTo(buffer);
            var at = _prefix.Length;
            at += Append(buffer[at..], address);
            at += Append(buffer[at..], signature);
            message.CopyTo(buffer[at..]);
            Span<byte> digest = stackalloc byte[Hashes.Sha256Size];
            Hashes.Sha256(buffer[..(at + message.Length)], digest);
            return MemoryMarshal.Read<UInt128>(digest);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public bool Contains(UInt128 key) => _valid.ContainsKey(key);

    /// <summary>Remembers a signature that was verified now.</summary>
    public void Add(UInt128 key)
    {
        if (_valid.TryAdd(key, true))
        {
            _fresh.Enqueue(key);
        }
    }

    /// <summary>Takes what an index file remembers.</summary>
    public void Load(IEnumerable<byte[]> stored)
    {
        foreach (var digests in stored)
        {
            foreach (var key in MemoryMarshal.Cast<byte, UInt128>(digests.AsSpan(0, digests.Length / DigestBytes * DigestBytes)))
            {
                _valid.TryAdd(key, true);
            }
        }
    }

    /// <summary>What was verified since the last call, to be stored.</summary>
    public byte[] TakeFresh()
    {
        var fresh = new List<UInt128>();
        while (_fresh.TryDequeue(out var key))
        {
            fresh.Add(key);
        }

        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(fresh)).ToArray();
    }

    /// <summary>Forgets everything when there is much of it, or at once.</summary>
    public void Trim(bool all = false)
    {
        if (all || _valid.Count > MostKept)
        {
            _valid.Clear();
        }
    }

    // With its length before it, so that no text can be read as two.
    private static int Append(Span<byte> buffer, string text)
    {
        var count = Encoding.UTF8.GetBytes(text, buffer[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(buffer, count);
        return sizeof(int) + count;
    }
}
