using System.Security.Cryptography.X509Certificates;

namespace Etdb.Silo.Security;

/// <summary>Certificates with their keys, from files.</summary>
internal static class CertificateFiles
{
    /// <summary>PEM (certificate, key beside it or in a file of its own) or PKCS#12, by the end of the name.</summary>
    public static X509Certificate2 Load(string path, string? keyFile, string? passwordFile)
    {
        var password = passwordFile is { } file ? SecretFiles.Read(file) : null;
        if (Path.GetExtension(path) is ".pfx" or ".p12")
        {
            return X509CertificateLoader.LoadPkcs12FromFile(path, password);
        }

        using var pem = password is null ? X509Certificate2.CreateFromPemFile(path, keyFile) : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyFile);
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>The certificates in a PEM file.</summary>
    public static X509Certificate2Collection LoadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new IOException($"'{path}' holds no certificate in PEM.");
    }
}
