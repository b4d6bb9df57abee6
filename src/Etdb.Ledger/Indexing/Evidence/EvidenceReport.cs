namespace Etdb.Ledger.Indexing.Evidence;

/// <summary>Something in an evidence file that does not hold.</summary>
public sealed record EvidenceFault(int Line, string What);

/// <summary>What an evidence file proves.</summary>
/// <param name="Network">FLO network it is of.</param>
/// <param name="Blocks">Headers whose work was checked.</param>
/// <param name="Transactions">Transactions whose id leads to their block's Merkle root.</param>
/// <param name="IsLinked">Every block is there from the first to the last, each following the one before.</param>
/// <param name="Checkpoints">Known blocks that were met.</param>
/// <param name="Faults">What does not hold; at most <see cref="EvidenceVerifier.MostFaults"/>.</param>
/// <param name="Index">The index these blocks amount to.</param>
public sealed record EvidenceReport(
    string Network, int Blocks, int Transactions, bool IsLinked, int Checkpoints, IReadOnlyList<EvidenceFault> Faults, OipIndex Index)
{
    /// <summary>True when nothing contradicts.</summary>
    public bool IsValid => Faults.Count == 0;
}
