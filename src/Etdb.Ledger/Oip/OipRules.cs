namespace Etdb.Ledger.Oip;

/// <summary>The height rules by which comments are recognised (oipd <c>modules/oip/oip.go</c>): only mainnet has any.</summary>
/// <param name="HasHeightGates">Mainnet: prefixes came and went with height. Test networks: everything is read everywhere, but for historian strings, which only mainnet has.</param>
public sealed record OipRules(bool HasHeightGates)
{
    /// <summary>Rules of the main network.</summary>
    public static OipRules Main { get; } = new(true);

    /// <summary>Rules of test and development networks.</summary>
    public static OipRules Test { get; } = new(false);

    /// <summary>Below this no OIP comment exists.</summary>
    public const long FirstHeight = 1_000_000;

    /// <summary><c>oip-mp(</c> above this height.</summary>
    public const long MultipartAfter = 2_263_000;

    /// <summary><c>alexandria-*</c> except publishers below this height.</summary>
    public const long AlexandriaBelow = 2_400_000;

    /// <summary>OIP 0.41 and everything newer from this height.</summary>
    public const long OipFrom = 2_000_000;

    /// <summary>Historian strings in coinbases below this height.</summary>
    public const long HistorianBelow = 2_731_000;

    /// <summary>The historian of <c>pool.alexandria.io</c> signed with another key before this height.</summary>
    public const long HistorianKeyChange = 1_974_560;

    /// <summary>True when gates apply and <paramref name="height"/> is below <paramref name="bound"/>. An unknown height (null) passes every gate.</summary>
    public bool IsBelow(long? height, long bound) => HasHeightGates && height is { } h && h < bound;

    /// <summary>True when gates apply and <paramref name="height"/> is at or above <paramref name="bound"/>.</summary>
    public bool IsFrom(long? height, long bound) => HasHeightGates && height is { } h && h >= bound;
}
