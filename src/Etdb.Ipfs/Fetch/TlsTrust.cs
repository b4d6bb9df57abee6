using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Etdb.Ipfs.Fetch;

/// <summary>
/// Trust in named certificates: an institution's own authority, or the self-signed certificate of one node; alone, or beside those of the machine. The name of the node must be in the
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

    /// <summary>The certificates of a PEM file, and with them every authority that this machine trusts: for calls to many nodes, of which some have a certificate of a private authority.</summary>
    /// <exception cref="FormatException">The file holds none, or cannot be read.</exception>
    public static X509Certificate2Collection LoadBesideMachine(string path)
    {
        var all = Load(path);
        foreach (var location in new[] { StoreLocation.LocalMachine, StoreLocation.CurrentUser })
        {
            using var store = new X509Store(StoreName.Root, location);
            store.Open(OpenFlags.ReadOnly);
            all.AddRange(store.Certificates);
        }

        return all;
    }

    internal static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        // Self-signed certificates and small authorities publish no revocation lists.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
