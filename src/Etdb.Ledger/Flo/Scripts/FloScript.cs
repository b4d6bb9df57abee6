namespace Etdb.Ledger.Flo.Scripts;

/// <summary>The forms of output scripts this code understands.</summary>
public enum ScriptKind
{
    /// <summary>None of the forms below.</summary>
    NonStandard = 0,

    /// <summary><c>DUP HASH160 h EQUALVERIFY CHECKSIG</c>.</summary>
    PublicKeyHash = 1,

    /// <summary><c>key CHECKSIG</c>.</summary>
    PublicKey = 2,

    /// <summary><c>HASH160 h EQUAL</c>.</summary>
    ScriptHash = 3,

    /// <summary><c>0 h20</c>.</summary>
    WitnessPublicKeyHash = 4,

    /// <summary><c>0 h32</c>.</summary>
    WitnessScriptHash = 5,

    /// <summary><c>m key… n CHECKMULTISIG</c>, 1 ≤ m ≤ n ≤ 16.</summary>
    MultiSignature = 6,

    /// <summary><c>RETURN …</c>: can never be spent.</summary>
    NullData = 7,
}

/// <summary>Builds and recognises the standard scripts.</summary>
public static class FloScript
{
    internal const byte OpPushData1 = 0x4c;
    internal const byte OpPushData2 = 0x4d;
    internal const byte OpPushData4 = 0x4e;
    internal const byte Op1 = 0x51;
    internal const byte Op16 = 0x60;
    internal const byte OpReturn = 0x6a;
    internal const byte OpDup = 0x76;
    internal const byte OpEqual = 0x87;
    internal const byte OpEqualVerify = 0x88;
    internal const byte OpHash160 = 0xa9;
    internal const byte OpCodeSeparator = 0xab;
    internal const byte OpCheckSig = 0xac;
    internal const byte OpCheckMultiSig = 0xae;

    /// <summary>Which standard form a script has.</summary>
    public static ScriptKind Classify(ReadOnlySpan<byte> script)
    {
        switch (script)
        {
            case [OpDup, OpHash160, 20, .., OpEqualVerify, OpCheckSig] when script.Length == 25:
                return ScriptKind.PublicKeyHash;
            case [OpHash160, 20, .., OpEqual] when script.Length == 23:
                return ScriptKind.ScriptHash;
            case [0, 20, ..] when script.Length == 22:
                return ScriptKind.WitnessPublicKeyHash;
            case [0, 32, ..] when script.Length == 34:
                return ScriptKind.WitnessScriptHash;
            case [33, 2 or 3, .., OpCheckSig] when script.Length == 35:
            case [65, 4 or 6 or 7, .., OpCheckSig] when script.Length == 67:
                return ScriptKind.PublicKey;
            case [OpReturn, ..]:
                return ScriptKind.NullData;
            default:
                return MultiSignatureScript.TryParse(script, out _, out _) ? ScriptKind.MultiSignature : ScriptKind.NonStandard;
        }
    }

    /// <summary>The output script of an address.</summary>
    public static byte[] PayTo(FloAddress address) => address.Kind switch
    {
        FloAddressKind.PublicKeyHash => PayToPublicKeyHash(address.Hash),
        FloAddressKind.ScriptHash => PayToScriptHash(address.Hash),
        _ => [0, (byte)address.Hash.Length, .. address.Hash],
    };

    /// <summary>Output script paying to HASH160 of a public key.</summary>
    public static byte[] PayToPublicKeyHash(ReadOnlySpan<byte> hash) => [OpDup, OpHash160, 20, .. hash, OpEqualVerify, OpCheckSig];

    /// <summary>Output script paying to HASH160 of a script.</summary>
    public static byte[] PayToScriptHash(ReadOnlySpan<byte> hash) => [OpHash160, 20, .. hash, OpEqual];

    /// <summary>Output script paying to a public key itself.</summary>
    public static byte[] PayToPublicKey(ReadOnlySpan<byte> publicKey) => [(byte)publicKey.Length, .. publicKey, OpCheckSig];

    /// <summary>The shortest push of up to 520 bytes.</summary>
    public static byte[] Push(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, ScriptReader.MaxPushBytes, nameof(bytes));
        return bytes.Length switch
        {
            < OpPushData1 => [(byte)bytes.Length, .. bytes],
            <= byte.MaxValue => [OpPushData1, (byte)bytes.Length, .. bytes],
            _ => [OpPushData2, (byte)bytes.Length, (byte)(bytes.Length >> 8), .. bytes],
        };
    }
}
