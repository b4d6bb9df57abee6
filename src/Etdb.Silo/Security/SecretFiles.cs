using System.Security.Cryptography;

namespace Etdb.Silo.Security;

/// <summary>Secrets in files: read whole and trimmed, written for their owner alone.</summary>
public static class SecretFiles
{
    private const int MostBytes = 64 * 1024;
    private const string KeyName = "secret.key";

    /// <summary>The cluster's key: of the environment, of the file named, or of the data folder, where the first start makes it.</summary>
    /// <exception cref="IOException">It cannot be read, or is no key; the message says which and what to do.</exception>
    public static ClusterSecrets Load(SecretsOptions options, string dataFolder)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (Place(options, dataFolder) is { } path && options.KeyFile is null && !File.Exists(path))
        {
            Write(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(ClusterSecrets.KeyBytes))); // Half a key would keep every later start waiting.
        }

        return LoadExisting(options, dataFolder);
    }

    /// <summary>The same, but makes none.</summary>
    /// <exception cref="IOException">It is not there, cannot be read, or is no key; the message says which and what to do.</exception>
    public static ClusterSecrets LoadExisting(SecretsOptions options, string dataFolder)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ClusterSecrets(KeyBytes(options, dataFolder), [.. options.FormerKeyFiles.Select(ReadKey)]);
    }

    /// <summary>Copies the cluster's key into a new file that only its owner may read.</summary>
    /// <exception cref="IOException">There is no key, or a file of that name.</exception>
    public static void CopyKey(SecretsOptions options, string dataFolder, string target)
    {
        ArgumentNullException.ThrowIfNull(options);
        WriteNew(target, Convert.ToBase64String(KeyBytes(options, dataFolder)));
    }

    /// <summary>The file that holds the key; null when the environment does.</summary>
    public static string? Place(SecretsOptions options, string dataFolder)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Environment.GetEnvironmentVariable(SecretsOptions.Variable) is { Length: > 0 } ? null : options.KeyFile ?? Path.Combine(dataFolder, KeyName);
    }

    /// <summary>Reads a secret: the file's text without the white space around it.</summary>
    /// <exception cref="IOException">It cannot be read, is empty or far too long.</exception>
    public static string Read(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length > MostBytes)
        {
            throw new IOException(info.Exists ? $"'{path}' is longer than any secret." : $"There is no file '{path}' with the secret in it.");
        }

        var text = File.ReadAllText(path).Trim();
        return text.Length > 0 ? text : throw new IOException($"'{path}' is empty; put the secret into it.");
    }

    /// <summary>Finds out whether a secret could be written there, for those who get it only once.</summary>
    /// <exception cref="IOException">It could not; the message says why.</exception>
    public static void RequireWritable(string path)
    {
        try
        {
            File.Delete(path + ".new");
            WriteNew(path + ".new", "");
            File.Delete(path + ".new");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"'{path}' cannot be written: {e.Message}", e);
        }

        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a folder; name a file in it.");
        }
    }

    /// <summary>Writes a secret into a file that only its owner may read; whole or not at all. An existing one is replaced.</summary>
    public static void Write(string path, string secret)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        WriteNew(temporary, secret);
        File.Move(temporary, path, overwrite: true);
    }

    private static void WriteNew(string path, string secret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        using var writer = new StreamWriter(file);
        writer.WriteLine(secret);
        writer.Flush();
        file.Flush(flushToDisk: true);
    }

    private static byte[] KeyBytes(SecretsOptions options, string dataFolder)
        => Place(options, dataFolder) is { } path ? ReadKey(path) : Decode(Environment.GetEnvironmentVariable(SecretsOptions.Variable)!, $"the environment variable {SecretsOptions.Variable}");

    private static byte[] ReadKey(string path) => Decode(Read(path), $"'{path}'");

    private static byte[] Decode(string text, string where)
    {
        var key = new byte[ClusterSecrets.KeyBytes + 1];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == ClusterSecrets.KeyBytes
            ? key[..length]
            : throw new IOException($"{where} holds no key: {ClusterSecrets.KeyBytes} bytes in base64 are expected, as 'head -c 32 /dev/urandom | base64' makes them.");
    }
}
