using System.Buffers.Binary;

namespace Etdb.Ledger.Flo.Notify;

/// <summary>
/// What a subscriber needs of ZMTP 3.0 (rfc.zeromq.org/spec/23) with the NULL mechanism: greeting, READY, subscription, and frames with a limit on their length.
/// </summary>
internal static class ZmtpFrames
{
    public const int GreetingBytes = 64;

    /// <summary>Longest frame that is read; a <c>hashblock</c> message has frames of 9, 32 and 4 bytes.</summary>
    public const int MaxFrameBytes = 4096;

    private const byte More = 1;
    private const byte Long = 2;
    private const byte Command = 4;

    /// <summary>Version 3.0, mechanism NULL.</summary>
    public static byte[] Greeting()
    {
        var greeting = new byte[GreetingBytes];
        greeting[0] = 0xff;
        greeting[9] = 0x7f;
        greeting[10] = 3;
        "NULL"u8.CopyTo(greeting.AsSpan(12));
        return greeting;
    }

    /// <summary>READY of a SUB socket, and the subscription to one topic.</summary>
    public static byte[] ReadyAndSubscribe(ReadOnlySpan<byte> topic)
    {
        byte[] ready = [5, .. "READY"u8, 11, .. "Socket-Type"u8, 0, 0, 0, 3, .. "SUB"u8];
        return [Command, (byte)ready.Length, .. ready, 0, (byte)(topic.Length + 1), 1, .. topic];
    }

    /// <summary>Reads the other side's greeting.</summary>
    /// <exception cref="FormatException">It speaks no ZMTP 3, or wants credentials.</exception>
    public static async Task ReadGreetingAsync(Stream stream, CancellationToken cancellationToken)
    {
        var greeting = new byte[GreetingBytes];
        await stream.ReadExactlyAsync(greeting, cancellationToken).ConfigureAwait(false);
        if (greeting[0] != 0xff || (greeting[9] & 1) == 0 || greeting[10] < 3 || !greeting.AsSpan(12, 20).TrimEnd((byte)0).SequenceEqual("NULL"u8))
        {
            throw new FormatException("the other side speaks no ZMTP 3 without credentials");
        }
    }

    /// <summary>Reads the frames of one message; null for a command.</summary>
    /// <exception cref="FormatException">A frame that is longer than any of a subscription to block ids.</exception>
    public static async Task<List<byte[]>?> ReadMessageAsync(Stream stream, CancellationToken cancellationToken)
    {
        const int mostFrames = 16;
        var frames = new List<byte[]>();
        var head = new byte[sizeof(ulong)];
        while (true)
        {
            await stream.ReadExactlyAsync(head.AsMemory(0, 1), cancellationToken).ConfigureAwait(false);
            var flags = head[0];
            var lengthBytes = (flags & Long) != 0 ? sizeof(ulong) : 1;
            await stream.ReadExactlyAsync(head.AsMemory(0, lengthBytes), cancellationToken).ConfigureAwait(false);
            var length = lengthBytes == 1 ? head[0] : BinaryPrimitives.ReadUInt64BigEndian(head);
            if (length > MaxFrameBytes || frames.Count >= mostFrames)
            {
                throw new FormatException("the other side sends more than block ids");
            }

            var frame = new byte[length];
            await stream.ReadExactlyAsync(frame, cancellationToken).ConfigureAwait(false);
            if ((flags & Command) != 0)
            {
                return null;
            }

            frames.Add(frame);
            if ((flags & More) == 0)
            {
                return frames;
            }
        }
    }
}
