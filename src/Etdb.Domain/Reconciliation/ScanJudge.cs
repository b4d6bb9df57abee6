namespace Etdb.Domain.Reconciliation;

/// <summary>What a complete listing says about the node as a whole.</summary>
public enum ScanVerdict
{
    /// <summary>Take each difference as it is.</summary>
    Normal = 0,

    /// <summary>The disk was lost or replaced: one incident, everything on it is missing at once.</summary>
    DiskLoss = 1,

    /// <summary>Very many pins are gone while the repository is the same: one incident; each replica is checked before it is called missing.</summary>
    PinsRemoved = 2,
}

/// <summary>What is known about a node's listing.</summary>
/// <param name="Expected">Pins that were there before.</param>
/// <param name="Missing">Of these not listed now.</param>
/// <param name="RepositoryReplaced">The repository's identity is another one.</param>
/// <param name="SentinelThere">Our own pin that marks the repository is listed; null when the node never had one.</param>
public sealed record ScanFacts(long Expected, long Missing, bool RepositoryReplaced, bool? SentinelThere);

/// <summary>Tells a lost disk and a mass removal from ordinary differences, so that one cause makes one incident and not ten thousand events.</summary>
public static class ScanJudge
{
    /// <summary>Part of the pins missing in one scan that makes it a mass removal, where nobody says otherwise.</summary>
    public const double MassPart = 0.2;

    /// <summary>Fewest missing pins for a mass removal.</summary>
    public const long MassLeast = 3;

    /// <summary>Judges.</summary>
    /// <param name="facts">What is known.</param>
    /// <param name="massPart">Part of the pins above which it is a mass removal, (0,1].</param>
    public static ScanVerdict Judge(ScanFacts facts, double massPart = MassPart)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var allGone = facts.Expected > 0 && facts.Missing >= facts.Expected;
        if (facts.RepositoryReplaced || (allGone && facts.SentinelThere == false))
        {
            return ScanVerdict.DiskLoss;
        }

        return facts.Missing >= MassLeast && facts.Missing > facts.Expected * massPart ? ScanVerdict.PinsRemoved : ScanVerdict.Normal;
    }
}
