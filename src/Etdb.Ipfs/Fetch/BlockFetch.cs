using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Fetch;

/// <summary>How asking one source for one block ended.</summary>
public enum FetchStatus
{
    /// <summary>The right bytes came.</summary>
    Found = 0,

    /// <summary>The source says it has not got the block.</summary>
    NotFound = 1,

    /// <summary>The source sent other bytes than were named.</summary>
    WrongBytes = 2,

    /// <summary>The source sent more than a block may have.</summary>
    TooLarge = 3,

    /// <summary>No byte came within the limit. Says nothing about what the source holds.</summary>
    Stalled = 4,

    /// <summary>The source did not answer, broke off, or answered with an error of its own.</summary>
    Failed = 5,
}

/// <summary>The answer of one source for one block; <paramref name="Data"/> is hashed and right when <see cref="FetchStatus.Found"/>.</summary>
/// <remarks>The bytes may lie in a rented buffer. A caller that has no more use for them may give it back; one that keeps them need not.</remarks>
public readonly record struct BlockFetch(FetchStatus Status, ReadOnlyMemory<byte> Data, string? Detail)
{
    private readonly byte[]? _rented;

    private BlockFetch(byte[] rented, int length)
        : this(FetchStatus.Found, rented.AsMemory(0, length), null) => _rented = rented;

    /// <summary>The right bytes.</summary>
    public static BlockFetch Of(ReadOnlyMemory<byte> data) => new(FetchStatus.Found, data, null);

    /// <summary>The right bytes, in a buffer of the shared pool.</summary>
    internal static BlockFetch OfRented(byte[] rented, int length) => new(rented, length);

    /// <summary>Gives the buffer back; the bytes must not be looked at any more.</summary>
    internal void GiveBack()
    {
        if (_rented is not null)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    /// <summary>No bytes, and why.</summary>
    public static BlockFetch Not(FetchStatus status, string detail) => new(status, default, detail);
}

/// <summary>Somewhere single blocks can be had from. What it answers has been hashed here. Never throws but on cancellation.</summary>
public interface IBlockSource
{
    /// <summary>Names the source for people.</summary>
    string Name { get; }

    /// <summary>Asks for one block.</summary>
    Task<BlockFetch> GetAsync(Cid cid, CancellationToken cancellationToken);
}
