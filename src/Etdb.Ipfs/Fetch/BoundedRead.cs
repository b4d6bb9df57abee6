namespace Etdb.Ipfs.Fetch;

/// <summary>Reads a body of unknown honesty into memory: never more than a limit, never more than announced up front.</summary>
internal static class BoundedRead
{
    private const int FirstBuffer = 64 << 10;

    /// <summary>The whole body, or null when it is longer than <paramref name="limit"/>.</summary>
    public static async Task<byte[]?> AllAsync(Stream stream, long? announced, int limit, StallGuard guard)
    {
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(announced ?? FirstBuffer, limit));
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                // One byte more tells the end of the body from a body that goes on.
                var probe = new byte[1];
                if (await stream.ReadAsync(probe, guard.Token).ConfigureAwait(false) == 0)
                {
                    return buffer;
                }

                if (length >= limit)
                {
                    return null;
                }

                Array.Resize(ref buffer, Math.Min(limit, Math.Max(FirstBuffer, buffer.Length * 2)));
                buffer[length++] = probe[0];
                guard.Heard(1);
                continue;
            }

            var read = await stream.ReadAsync(buffer.AsMemory(length), guard.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return buffer.AsSpan(0, length).ToArray();
            }

            length += read;
            guard.Heard(read);
        }
    }

    /// <summary>
    /// The whole body in a buffer rented from the shared pool, and its length; a length above <paramref name="limit"/> means that the body is longer than
    /// allowed and was not read on. The caller gives the buffer back or keeps it.
    /// </summary>
    public static async Task<(byte[] Buffer, int Length)> RentAsync(Stream stream, long? announced, int limit, StallGuard guard)
    {
        var pool = System.Buffers.ArrayPool<byte>.Shared;
        var buffer = pool.Rent((int)Math.Min(announced ?? FirstBuffer, limit) + 1); // room for one byte too many, which tells a body that goes on
        var length = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(length), guard.Token).ConfigureAwait(false) is var read and > 0)
            {
                guard.Heard(read);
                length += read;
                if (length > limit)
                {
                    break;
                }

                if (length == buffer.Length)
                {
                    var larger = pool.Rent(Math.Min(limit + 1, buffer.Length * 2));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    pool.Return(buffer);
                    buffer = larger;
                }
            }

            return (buffer, length);
        }
        catch
        {
            pool.Return(buffer);
            throw;
        }
    }
}
