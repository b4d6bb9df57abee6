using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>Entry points of OpenSSL 3's libcrypto for what .NET does not offer: scrypt and RIPEMD-160.</summary>
internal static unsafe partial class NativeCrypto
{
    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "EVP_PBE_scrypt")]
    public static partial int Scrypt(
        byte* password, nuint passwordLength, byte* salt, nuint saltLength, ulong n, ulong r, ulong p, ulong maxMemory, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "EVP_MD_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FetchDigest(nint context, string algorithm, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_Digest")]
    public static partial int Digest(byte* data, nuint count, byte* digest, uint* size, nint type, nint engine);
}
