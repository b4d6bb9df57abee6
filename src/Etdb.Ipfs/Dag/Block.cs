using Etdb.Ipfs.Cids;

namespace Etdb.Ipfs.Dag;

/// <summary>A name and bytes. Making one checks nothing: <see cref="Verify"/> does.</summary>
public readonly record struct Block(Cid Cid, ReadOnlyMemory<byte> Data)
{
    /// <summary>Hashes the bytes and compares them with the name.</summary>
    public HashCheck Verify() => Cid.Check(Data.Span);

    /// <summary>Names <paramref name="data"/> by its sha2-256.</summary>
    public static Block Of(ReadOnlyMemory<byte> data, ulong codec, int version) => new(Cid.Of(data.Span, codec, version), data);
}
