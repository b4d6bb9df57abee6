namespace Etdb.Ipfs.Fetch;

/// <summary>Reads a body of unknown honesty into memory: never more than a limit, never more than announced up front.</summary>
internal static class BoundedRead
{
    private const int FirstBuffer = 64 << 10;

    /// <summary>The whole body, or null when it is longer than <paramref name="limit"/>.</summary>
    public static async Task<byte[]?> AllAsync(Stream stream, long? announced, int limit, StallGuard guard)
    {
        // Kubo announces no length: a buffer of 64 KiB made anew for each block of a few bytes is what a cluster at work mostly allocated.
        var (buffer, length) = await RentAsync(stream, announced, limit, guard).ConfigureAwait(false);
        try
        {
            return length > limit ? null : buffer.AsSpan(0, length).ToArray();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
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
