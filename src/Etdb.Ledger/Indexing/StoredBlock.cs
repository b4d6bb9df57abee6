namespace Etdb.Ledger.Indexing;

/// <summary>A block as it is stored.</summary>
/// <param name="Height">Height.</param>
/// <param name="Header">Header.</param>
/// <param name="Comments">Its OIP transactions with their Merkle paths, in block order.</param>
internal sealed record StoredBlock(int Height, FloBlockHeader Header, IReadOnlyList<(byte[] Raw, MerkleProof Proof)> Comments);
