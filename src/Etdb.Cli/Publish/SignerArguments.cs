using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Cli.Flo;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;
using Etdb.Ledger.Publishing.Wallet;

namespace Etdb.Cli.Publish;

/// <summary>Who signs: a key file, or another program that holds the key.</summary>
internal sealed class SignerArguments
{
    private static readonly TimeSpan SignerLimit = TimeSpan.FromMinutes(2);

    private readonly Option<string?> _keyFile = new("--key-file", "--key") { Description = "The lab's encrypted key file (etdb flo key new)." };
    private readonly Option<string?> _passphraseFile = KeyCommands.PassphraseFileOption();
    private readonly Option<string?> _signer = new("--signer")
    {
        Description = "Program that signs instead of a key file: it reads {\"digest\":HEX,\"publicKey\":HEX} and prints {\"signature\":HEX}. Arguments after blanks.",
    };

    private readonly Option<string?> _publicKey = new("--public-key") { Description = "Public key of --signer, hex." };
    private readonly Option<string> _network = new("--network") { Description = "FLO network of --signer: main, test, regtest or development.", DefaultValueFactory = _ => "main" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _keyFile, _passphraseFile, _signer, _publicKey, _network })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The signer, its network, and what to dispose afterwards.</summary>
    public async Task<(IDigestSigner Signer, FloNetwork Network, IDisposable? Owned)> OpenAsync(ParseResult result, TimeProvider time, CancellationToken ct)
    {
        if (result.GetValue(_signer) is { Length: > 0 } command)
        {
            var network = FloNetwork.Find(result.GetValue(_network)!) ?? throw new CliException($"'{result.GetValue(_network)}' is no FLO network; give main, test, regtest or development.");
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (new CommandSigner(words[0], words[1..], PublicKey(result), SignerLimit, time), network, null);
        }

        var keyFile = result.GetValue(_keyFile)
            ?? throw new CliException("name the lab's key with --key-file ('etdb flo key new --key-file lab.key' makes one), or the program that signs with --signer.");
        var (key, keyNetwork) = await KeyCommands.OpenAsync(keyFile, result.GetValue(_passphraseFile), ct);
        return (new LocalSigner(key), keyNetwork, key);
    }

    private byte[] PublicKey(ParseResult result)
    {
        try
        {
            var key = Convert.FromHexString(result.GetValue(_publicKey) ?? "");
            return Secp256k1.Instance.IsValidPublicKey(key) ? key : throw new FormatException("no such point");
        }
        catch (FormatException e)
        {
            throw new CliException("--signer needs --public-key, the key's public half as 66 or 130 hex digits.", e);
        }
    }
}
