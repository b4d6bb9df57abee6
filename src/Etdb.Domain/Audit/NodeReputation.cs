namespace Etdb.Domain.Audit;

/// <summary>What a reputation says; nothing here expels anybody.</summary>
public enum ReputationStanding
{
    /// <summary>Weighs fully.</summary>
    Good = 0,

    /// <summary>Audits fail: the operator is told which blocks, placement weighs less.</summary>
    NeedsAttention = 1,

    /// <summary>Audits cannot be finished: the operator is asked to look at load and network.</summary>
    Unsteady = 2,
}

/// <summary>
/// Two beta scores of a node. A pass: α = λα + w, β = λβ; a failure: α = λα, β = λβ + w; score = α/(α+β). Known outcomes forget
/// slowly (λ = 0.999, starting at α = 1000: 41 failures in a row from a clean start fall below 0.96), unfinished audits quickly
/// (λ = 0.95). The score weights placement, audits and λ; it never expels.
/// </summary>
public sealed record NodeReputation
{
    /// <summary>Forgetting of known outcomes.</summary>
    public const double KnownMemory = 0.999;

    /// <summary>Forgetting of unfinished audits.</summary>
    public const double UnknownMemory = 0.95;

    /// <summary>α of a new node, and the weight of a long clean history.</summary>
    public const double StartAlpha = 1000;

    /// <summary>Below this score the operator is told.</summary>
    public const double AttentionBelow = 0.96;

    /// <summary>Below this score of finished audits the node is unsteady.</summary>
    public const double UnsteadyBelow = 0.6;

    /// <summary>A node nobody has audited.</summary>
    public static NodeReputation New { get; } = new();

    /// <summary>Weight of passes.</summary>
    public double Alpha { get; init; } = StartAlpha;

    /// <summary>Weight of failures.</summary>
    public double Beta { get; init; }

    /// <summary>Weight of finished audits.</summary>
    public double FinishedAlpha { get; init; } = 1 / (1 - UnknownMemory);

    /// <summary>Weight of unfinished ones.</summary>
    public double FinishedBeta { get; init; }

    /// <summary>Audits passed or failed: what probation counts.</summary>
    public long Audits { get; init; }

    /// <summary>Share of audits passed, 0..1, older ones weighing less.</summary>
    public double Score => Alpha / (Alpha + Beta);

    /// <summary>Share of audits that could be finished, 0..1.</summary>
    public double FinishedScore => FinishedAlpha / (FinishedAlpha + FinishedBeta);

    /// <summary>Weight in placement, above 0 up to 1: falls steeply with failures, never to nothing.</summary>
    public double PlacementWeight => Math.Max(0.05, Math.Pow(Score, 8) * Math.Min(1, FinishedScore / UnsteadyBelow));

    /// <summary>What it says.</summary>
    public ReputationStanding Standing
    {
        get
        {
            if (Score < AttentionBelow)
            {
                return ReputationStanding.NeedsAttention;
            }

            return FinishedScore < UnsteadyBelow ? ReputationStanding.Unsteady : ReputationStanding.Good;
        }
    }

    /// <summary>An audit found everything.</summary>
    public NodeReputation Passed() => Finished() with { Alpha = (KnownMemory * Alpha) + 1, Beta = KnownMemory * Beta, Audits = Audits + 1 };

    /// <summary>An audit found blocks missing or corrupt.</summary>
    public NodeReputation Failed() => Finished() with { Alpha = KnownMemory * Alpha, Beta = (KnownMemory * Beta) + 1, Audits = Audits + 1 };

    /// <summary>An audit could not be finished.</summary>
    public NodeReputation Unfinished() => this with { FinishedAlpha = UnknownMemory * FinishedAlpha, FinishedBeta = (UnknownMemory * FinishedBeta) + 1 };

    private NodeReputation Finished() => this with { FinishedAlpha = (UnknownMemory * FinishedAlpha) + 1, FinishedBeta = UnknownMemory * FinishedBeta };
}
