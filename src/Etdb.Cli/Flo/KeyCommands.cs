using System.CommandLine;
using System.Security.Cryptography;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo key new|import|show</c>: encrypted key files. Passphrases come from a file or the environment, never from the command line, which others can read.</summary>
internal static class KeyCommands
{
    /// <summary>Environment variable that holds the passphrase.</summary>
    public const string PassphraseVariable = "ETDB_KEY_PASSPHRASE";

    public static Command Build() => new("key", "Make, import and look at encrypted key files.") { BuildNew(), BuildImport(), BuildShow() };

    public static Option<string> KeyFileOption() => new("--key-file") { Description = "Path of the key file.", Required = true };

    public static Option<string?> PassphraseFileOption() => new("--passphrase-file") { Description = $"File whose first line is the passphrase. Default: the variable {PassphraseVariable}." };

    public static async Task<(FloKey Key, FloNetwork Network)> OpenAsync(string path, string? passphraseFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new CliException($"There is no key file {path}; make one with 'etdb flo key new --key-file {path}'.");
        }

        try
        {
            return await KeyFile.OpenAsync(path, ReadPassphrase(passphraseFile), cancellationToken);
        }
        catch (CryptographicException e)
        {
            throw new CliException(e.Message, e);
        }
    }

    private static Command BuildNew()
    {
        var (file, network, passphrase) = (KeyFileOption(), FloArguments.Network(), PassphraseFileOption());
        var command = new Command("new", "Make a new key and write it to a new file.") { file, network, passphrase };
        command.Does(async (result, output, cancellationToken) =>
        {
            using var key = FloKey.Generate();
            return await SaveAsync(key, FloArguments.ReadNetwork(result, network) ?? FloNetwork.Main, result.GetValue(file)!, result.GetValue(passphrase), output, cancellationToken);
        });
        return command.WithExamples("ETDB_KEY_PASSPHRASE=… etdb flo key new --key-file lab.key");
    }

    private static Command BuildImport()
    {
        var (file, network, passphrase) = (KeyFileOption(), FloArguments.Network(), PassphraseFileOption());
        var wif = new Option<string>("--wif-file") { Description = "File that holds the key in Wallet Import Format.", Required = true };
        var command = new Command("import", "Encrypt an existing key into a new key file.") { file, wif, network, passphrase };
        command.Does(async (result, output, cancellationToken) =>
        {
            var chosen = FloArguments.ReadNetwork(result, network) ?? FloNetwork.Main;
            var text = (await File.ReadAllTextAsync(result.GetValue(wif)!, cancellationToken)).Trim();
            using var key = FloArguments.Parse("The file with the key", () => FloKey.FromWif(text, chosen));
            return await SaveAsync(key, chosen, result.GetValue(file)!, result.GetValue(passphrase), output, cancellationToken);
        });
        return command.WithExamples("etdb flo key import --wif-file exported.wif --key-file lab.key --passphrase-file secret.txt");
    }

    private static Command BuildShow()
    {
        var file = KeyFileOption();
        var command = new Command("show", "Say whose key a file holds. Needs no passphrase.") { file };
        command.Does(async (result, output, cancellationToken) =>
        {
            var (address, network) = await KeyFile.InspectAsync(result.GetValue(file)!, cancellationToken);
            output.Write(new { address, network }, text => text.WriteLine($"{address} ({network})"));
            return CliExit.Done;
        });
        return command.WithExamples("etdb flo key show --key-file lab.key");
    }

    private static async Task<int> SaveAsync(FloKey key, FloNetwork network, string path, string? passphraseFile, CliOutput output, CancellationToken cancellationToken)
    {
        await KeyFile.CreateAsync(path, key, network, ReadPassphrase(passphraseFile), cancellationToken);
        var address = key.Address(network).Text;
        var publicKey = Convert.ToHexStringLower(key.PublicKey);
        output.Write(new { address, publicKey, network = network.Name, keyFile = path }, text => text.WriteLine($"{address}: {path} (public key {publicKey})"));
        return CliExit.Done;
    }

    private static string ReadPassphrase(string? file)
    {
        var given = file is null ? Environment.GetEnvironmentVariable(PassphraseVariable) : File.ReadLines(file).FirstOrDefault();
        return string.IsNullOrEmpty(given)
            ? throw new CliException($"There is no passphrase: set {PassphraseVariable} or give --passphrase-file.")
            : given;
    }
}
