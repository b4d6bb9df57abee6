using System.Runtime.InteropServices;

namespace Etdb.Ledger.Flo.Crypto;

/// <summary>Entry points of OpenSSL 3's libcrypto for what .NET does not offer: scrypt, RIPEMD-160, and SHA-256 without the set-up that .NET's way costs for short messages.</summary>
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

    [LibraryImport(Library, EntryPoint = "SHA256_Init"), SuppressGCTransition]
    public static partial int Sha256Init(Sha256Context* context);

    /// <summary>For short input only: garbage collection waits for it.</summary>
    [LibraryImport(Library, EntryPoint = "SHA256_Update"), SuppressGCTransition]
    public static partial int Sha256UpdateShort(Sha256Context* context, byte* data, nuint count);

    [LibraryImport(Library, EntryPoint = "SHA256_Update")]
    public static partial int Sha256Update(Sha256Context* context, byte* data, nuint count);

    [LibraryImport(Library, EntryPoint = "SHA256_Final"), SuppressGCTransition]
    public static partial int Sha256Final(byte* digest, Sha256Context* context);

    /// <summary>SHA256_CTX: eight words of state, two of length, sixteen of data, two counters.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 28 * sizeof(uint))]
    public struct Sha256Context
    {
        private uint _first;
    }
}
