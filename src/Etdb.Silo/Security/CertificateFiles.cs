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

    /// <summary>Why a certificate with its key cannot be used, for people; null when it can. Files that are missing are not its business.</summary>
    public static string? Problem(string path, string? keyFile, string? passwordFile)
    {
        if (new[] { path, keyFile, passwordFile }.Any(f => f is not null && !File.Exists(f)))
        {
            return null;
        }

        try
        {
            using var certificate = Load(path, keyFile, passwordFile);
            return certificate.HasPrivateKey ? null : "it has no private key";
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>The certificates in a PEM file.</summary>
    public static X509Certificate2Collection LoadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new IOException($"'{path}' holds no certificate in PEM.");
    }

    /// <summary>Why a file with authorities cannot be used, for people; null when it can.</summary>
    public static string? ProblemOfAuthorities(string path)
    {
        try
        {
            LoadAuthorities(path);
            return null;
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
