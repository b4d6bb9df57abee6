namespace Etdb.Ledger.Flo.Scripts;

/// <summary>Whether an input may spend its output.</summary>
public enum ScriptOutcome
{
    /// <summary>Every signature that is needed holds.</summary>
    Valid = 0,

    /// <summary>The output's or redeem script is of no form this code understands; nothing is concluded.</summary>
    Unsupported = 1,

    /// <summary>The unlocking data has not the shape the script asks for, or does not hash to what it names.</summary>
    Mismatch = 2,

    /// <summary>A signature is missing, malformed under the rules, or wrong.</summary>
    BadSignature = 3,
}

/// <summary>The answer for one input.</summary>
/// <param name="Outcome">Whether it may spend.</param>
/// <param name="CoversFloData">True when every signature that counted covers the comment. Wallets up to January 2019 left it out; such an input proves nothing about the comment.</param>
public readonly record struct ScriptVerdict(ScriptOutcome Outcome, bool CoversFloData)
{
    public bool IsValid => Outcome == ScriptOutcome.Valid;
}

/// <summary>Which encoding rules signatures are held to.</summary>
/// <param name="StrictDer">BIP 66: consensus from its activation on.</param>
/// <param name="StandardEncoding">Relay policy: defined hash types (no literal 0x40), low S.</param>
public readonly record struct ScriptRules(bool StrictDer, bool StandardEncoding)
{
    /// <summary>As lax as the first blocks.</summary>
    public static ScriptRules Historic => new(false, false);

    /// <summary>Consensus since BIP 66.</summary>
    public static ScriptRules Consensus => new(true, false);

    /// <summary>What nodes relay.</summary>
    public static ScriptRules Policy => new(true, true);
}
