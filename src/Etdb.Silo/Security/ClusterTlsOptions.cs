namespace Etdb.Silo.Security;

/// <summary>TLS between silos, and from clients to their gateways (section <c>Silo:ClusterTls</c>). Both sides show a certificate of the cluster's own authority; who has none is not heard.</summary>
public sealed class ClusterTlsOptions
{
    /// <summary>Certificate of this silo: PEM, or PKCS#12 (<c>.pfx</c>). Null: no TLS between silos. Default null.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The PEM certificate's key, when it is in a file of its own.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>File that holds the password of the certificate's key.</summary>
    public string? CertificatePasswordFile { get; set; }

    /// <summary>PEM file with the authority or authorities whose certificates are taken. Whoever has one of theirs commands the cluster: make an authority for it alone.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>Whether it is used.</summary>
    public bool Enabled => CertificateFile is not null;

    internal IEnumerable<string> Problems()
    {
        if (CertificateFile is null != AuthorityFile is null)
        {
            yield return $"Silo:ClusterTls:{(CertificateFile is null ? "CertificateFile" : "AuthorityFile")} is not set; TLS between silos needs the silo's certificate and the authority of all of them.";
        }

        foreach (var (key, path) in new[]
        {
            (nameof(CertificateFile), CertificateFile), (nameof(CertificateKeyFile), CertificateKeyFile), (nameof(CertificatePasswordFile), CertificatePasswordFile), (nameof(AuthorityFile), AuthorityFile),
        })
        {
            if (path is not null && !File.Exists(path))
            {
                yield return $"Silo:ClusterTls:{key} is '{path}'; there is no such file.";
            }
        }
    }
}
