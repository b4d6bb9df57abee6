namespace Etdb.Ledger.Indexing.Following;

/// <summary>What is wrong with a node or its chain. The list is closed.</summary>
public enum LedgerProblemKind
{
    /// <summary>No answer.</summary>
    Unreachable = 0,

    /// <summary>Another network, or a block that contradicts a checkpoint.</summary>
    WrongChain = 1,

    /// <summary>A block whose work, difficulty, Merkle root or form is wrong.</summary>
    InvalidBlock = 2,

    /// <summary>A branch with no more work than the indexed one; it is not followed.</summary>
    LessWork = 3,

    /// <summary>Reorganisation after reorganisation; followed no further until they stop.</summary>
    EndlessReorganisations = 4,

    /// <summary>Answers beyond every limit.</summary>
    HugeAnswer = 5,

    /// <summary>Answers that contradict each other: blocks that do not link, ids without blocks.</summary>
    Inconsistent = 6,

    /// <summary>The node refuses what every FLO node answers.</summary>
    Refused = 7,
}

/// <summary>A problem, and what was seen.</summary>
public sealed record LedgerProblem(LedgerProblemKind Kind, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Detail}";
}

/// <summary>Ends a step of the follower; never leaves it.</summary>
internal sealed class LedgerProblemException(LedgerProblemKind kind, string detail) : Exception(detail)
{
    public LedgerProblem Problem { get; } = new(kind, detail);
}
