namespace Etdb.Ipfs.Dag;

/// <summary>A reader that hashes by itself, so that whoever reads from it need not do it a second time.</summary>
internal interface IHashingReader : IBlockReader
{
    /// <summary>True when every block it returns has been hashed and is the one that was named.</summary>
    bool HashesBlocks { get; }
}
