using Etdb.Silo.Hosting;

namespace Etdb.Silo.Security;

/// <summary>Finds files with secrets that everybody on the machine may read, or others than their owner may write. A group may read them: so services are given what is root's.</summary>
internal static class LooseSecrets
{
    private const UnixFileMode Loose = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;

    /// <summary>Those of a silo. None on Windows, where it is not said by a mode.</summary>
    public static IReadOnlyList<string> Find(SiloOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string?[] files =
        [
            SecretFiles.Place(options.Security.Secrets, options.DataFolder), .. options.Security.Secrets.FormerKeyFiles, Path.Combine(options.DataFolder, FirstAdmin.FileName),
            options.CertificateKeyFile ?? options.CertificateFile, options.CertificatePasswordFile,
            options.ClusterTls.CertificateKeyFile ?? options.ClusterTls.CertificateFile, options.ClusterTls.CertificatePasswordFile,
            options.LedgerPasswordFile, options.LedgerCookieFile, options.OnPostgres ? options.Postgres.PasswordFile : null,
        ];
        return OperatingSystem.IsWindows() ? [] : [.. files.OfType<string>().Where(IsLoose).Distinct(StringComparer.Ordinal)];
    }

    private static bool IsLoose(string path) => !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Loose) != UnixFileMode.None;
}
