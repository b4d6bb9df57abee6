namespace Etdb.Silo.Hosting;

/// <summary>How far a silo may be seen.</summary>
internal static class ExposureRules
{
    private const string CertificateAdvice = "Give a PEM certificate and the key that belongs to it (CertificateKeyFile, or in the same file) or a .pfx, readable for the silo's user, "
        + "and the password of the key if it has one (CertificatePasswordFile).";

    /// <summary>Whoever reaches the ports between silos commands the cluster: beyond this machine they are open only to who shows a certificate of the cluster's, or in a network of the silos' own.</summary>
    public static IEnumerable<string> ClusterProblems(SiloOptions options)
    {
        foreach (var problem in options.ClusterTls.Problems())
        {
            yield return problem;
        }

        if (options.ClusterTls is { CertificateFile: { } file } tls && Security.CertificateFiles.Problem(file, tls.CertificateKeyFile, tls.CertificatePasswordFile) is { } problemOfIt)
        {
            yield return $"Silo:ClusterTls:CertificateFile is '{file}', which cannot be used: {problemOfIt}. {CertificateAdvice}";
        }

        if (options.ClusterTls.AuthorityFile is { } authority && File.Exists(authority) && Security.CertificateFiles.ProblemOfAuthorities(authority) is { } wrong)
        {
            yield return $"Silo:ClusterTls:AuthorityFile is '{authority}', which cannot be used: {wrong}. "
                + "Name a PEM file, readable for the silo's user, with the certificate of the authority that signed those of all silos.";
        }

#if !ORLEANS_MICROSOFT
        if (options.ClusterTls.Enabled)
        {
            yield return "Silo:ClusterTls is set, but this build runs the embedded grain runtime, which is one process without silo ports. Remove it, or build with -p:OrleansRuntime=Microsoft for several silos.";
        }

#endif
        if (!System.Net.IPAddress.TryParse(options.SiloAddress, out var address))
        {
            yield return $"Silo:SiloAddress is '{options.SiloAddress}'; give the IP address at which other silos reach this one.";
        }
        else if (!System.Net.IPAddress.IsLoopback(address) && !options.ClusterTls.Enabled && !options.ClusterNetworkIsPrivate)
        {
            yield return $"Silo:SiloAddress is '{options.SiloAddress}', which others reach, and the ports between silos would be open to everybody. Set Silo:ClusterTls:CertificateFile and AuthorityFile; "
                + "or Silo:ClusterNetworkIsPrivate where a tunnel keeps others out.";
        }
    }

    /// <summary>
    /// As the server reads it, not as <see cref="Uri"/> does, for which 'loopback' and 'a@127.0.0.1' are this machine: the server takes every host that is neither 'localhost' nor an address for
    /// all addresses there are.
    /// </summary>
    private static bool StaysHere(string listen)
    {
        var host = Microsoft.AspNetCore.Http.BindingAddress.Parse(listen).Host;
        return string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
    }

    /// <summary>Beyond this machine a silo speaks only to who shows a token, and only so that nobody reads it on the way.</summary>
    public static IEnumerable<string> Problems(SiloOptions options, Uri listen)
    {
        if (listen.Scheme == "https" != options.CertificateFile is not null)
        {
            yield return $"Silo:Listen is '{options.Listen}' and Silo:CertificateFile is {(options.CertificateFile is null ? "not set" : "set")}; https needs a certificate, and a certificate https.";
        }

        foreach (var (key, path) in new[] { ("CertificateFile", options.CertificateFile), ("CertificateKeyFile", options.CertificateKeyFile), ("CertificatePasswordFile", options.CertificatePasswordFile) })
        {
            if (path is not null && !File.Exists(path))
            {
                yield return $"Silo:{key} is '{path}'; there is no such file.";
            }
        }

        if (options.CertificateFile is { } file && Security.CertificateFiles.Problem(file, options.CertificateKeyFile, options.CertificatePasswordFile) is { } problem)
        {
            yield return $"Silo:CertificateFile is '{file}', which cannot be used{(options.CertificateKeyFile is { } key ? $" with the key in '{key}'" : "")}: {problem}. {CertificateAdvice}";
        }

        if (options.Listen.Contains(';', StringComparison.Ordinal))
        {
            yield return $"Silo:Listen is '{options.Listen}'; give one address."; // The server would take what follows for another one.
        }

        if (StaysHere(options.Listen))
        {
            yield break;
        }

        if (!options.Security.Access.NeedsTokens)
        {
            yield return $"Silo:Listen is '{options.Listen}', which others reach, and Access:Authentication is 'local': set it to 'tokens', or listen on 127.0.0.1.";
        }

        if (listen.Scheme != "https" && !options.BehindTlsProxy)
        {
            yield return $"Silo:Listen is '{options.Listen}': tokens would travel unencrypted. Set Silo:CertificateFile and an https address, or Silo:BehindTlsProxy where a proxy does that.";
        }
    }
}
