using System.CommandLine;
using Etdb.Cli.CommandLine;
using Etdb.Ledger.Flo.Addresses;
using Etdb.Ledger.Flo.Crypto;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo verify-message</c> and <c>etdb flo sign-message</c>.</summary>
internal static class MessageCommands
{
    public static Command BuildVerify()
    {
        var address = new Option<string>("--address") { Description = "Who is said to have signed.", Required = true };
        var signature = new Option<string>("--signature") { Description = "The signature in base64.", Required = true };
        var message = new Option<string>("--message") { Description = "The text, or @FILE (its bytes as they are).", Required = true };
        var network = FloArguments.Network();
        var command = new Command("verify-message", "Check a signed message; exit 0 when it is valid, 1 when it is wrong or malformed.") { address, signature, message, network };
        command.Does((result, output) =>
        {
            var text = result.GetValue(address)!;
            var chosen = FloArguments.ReadNetwork(result, network);
            var known = chosen is null ? FloAddress.ParseAny(text) : FloAddress.TryParse(text, chosen, out var parsed) ? parsed : null;
            var verdict = known is null
                ? MessageVerdict.MalformedAddress
                : MessageVerifier.Verify(known, result.GetValue(signature)!, FloArguments.ReadMessage(result.GetValue(message)!));
            var error = verdict switch
            {
                MessageVerdict.MalformedAddress => "malformed address: it does not decode for the network, or cannot sign messages",
                MessageVerdict.MalformedSignature => "malformed signature: not base64 of 65 bytes with a known header, or no key can have made it",
                _ => null,
            };
            output.WriteJson(new { valid = verdict == MessageVerdict.Valid, error });
            return verdict == MessageVerdict.Valid ? CliExit.Done : CliExit.No;
        });
        return command.WithExamples("etdb flo verify-message --address F… --signature H… --message 'text'", "etdb flo verify-message --address F… --signature H… --message @signed.txt");
    }

    public static Command BuildSign()
    {
        var file = KeyCommands.KeyFileOption();
        var message = new Option<string>("--message") { Description = "The text, or @FILE (its bytes as they are).", Required = true };
        var passphrase = KeyCommands.PassphraseFileOption();
        var command = new Command("sign-message", "Sign a message with the key in a key file.") { file, message, passphrase };
        command.Does(async (result, output, cancellationToken) =>
        {
            var bytes = FloArguments.ReadMessage(result.GetValue(message)!);
            var (key, network) = await KeyCommands.OpenAsync(result.GetValue(file)!, result.GetValue(passphrase), cancellationToken);
            using (key)
            {
                var signature = MessageSigner.Sign(key, bytes);
                output.Write(new { address = key.Address(network).Text, signature }, text => text.WriteLine(signature));
            }

            return CliExit.Done;
        });
        return command.WithExamples("etdb flo sign-message --key-file lab.key --message 'text'");
    }
}
