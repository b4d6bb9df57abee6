using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>Entry points of libsecp256k1 (ABI 1, with the recovery module; Debian's <c>libsecp256k1-1</c>).</summary>
internal static unsafe partial class NativeSecp256k1
{
    /// <summary>SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY; newer versions take both for "none".</summary>
    public const uint ContextSignVerify = 0x0301;

    /// <summary>SECP256K1_EC_COMPRESSED.</summary>
    public const uint Compressed = 0x0102;

    /// <summary>SECP256K1_EC_UNCOMPRESSED.</summary>
    public const uint Uncompressed = 0x0002;

    private const string Library = "libsecp256k1.so.1";

    [LibraryImport(Library, EntryPoint = "secp256k1_context_create")]
    public static partial nint ContextCreate(uint flags);

    [LibraryImport(Library, EntryPoint = "secp256k1_context_randomize")]
    public static partial int ContextRandomize(nint context, byte* seed);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_seckey_verify"), SuppressGCTransition]
    public static partial int SecretVerify(nint context, byte* secret);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_create")]
    public static partial int PublicKeyCreate(nint context, byte* publicKey64, byte* secret);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_parse")]
    public static partial int PublicKeyParse(nint context, byte* publicKey64, byte* input, nuint length);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_serialize")]
    public static partial int PublicKeySerialize(nint context, byte* output, nuint* length, byte* publicKey64, uint flags);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_sign_recoverable")]
    public static partial int SignRecoverable(nint context, byte* signature65, byte* digest, byte* secret, nint nonceFunction, nint nonceData);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recoverable_signature_serialize_compact")]
    public static partial int RecoverableSerialize(nint context, byte* output64, int* recoveryId, byte* signature65);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recoverable_signature_parse_compact")]
    public static partial int RecoverableParse(nint context, byte* signature65, byte* input64, int recoveryId);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recover")]
    public static partial int Recover(nint context, byte* publicKey64, byte* signature65, byte* digest);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_signature_parse_compact")]
    public static partial int SignatureParse(nint context, byte* signature64, byte* input64);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_signature_normalize")]
    public static partial int SignatureNormalize(nint context, byte* output64, byte* input64);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_verify")]
    public static partial int Verify(nint context, byte* signature64, byte* digest, byte* publicKey64);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_seckey_tweak_add")]
    public static partial int SecretTweakAdd(nint context, byte* secret, byte* tweak);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_tweak_add")]
    public static partial int PublicKeyTweakAdd(nint context, byte* publicKey64, byte* tweak);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_tweak_mul")]
    public static partial int PublicKeyTweakMultiply(nint context, byte* publicKey64, byte* tweak);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_combine")]
    public static partial int PublicKeyCombine(nint context, byte* output64, byte** publicKeys64, nuint count);
}
