using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Etdb.Ipfs.Fetch;

/// <summary>
/// Trust in named certificates and no others: an institution's own authority, or the self-signed certificate of one node. The name of the node must be in the
/// certificate and its time must not be over, as always; nothing switches the check off.
/// </summary>
public static class TlsTrust
{
    /// <summary>Reads one or more certificates from a PEM file.</summary>
    /// <exception cref="FormatException">The file holds none, or cannot be read.</exception>
    public static X509Certificate2Collection Load(string path)
    {
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(path);
            return found.Count > 0 ? found : throw new FormatException($"{path} holds no certificate (a block that begins with -----BEGIN CERTIFICATE-----)");
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path} cannot be read as certificates in PEM: {error.Message}", error);
        }
    }

    internal static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        // Self-signed certificates and small authorities publish no revocation lists.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
