using System.CommandLine;
using System.Text.Json;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Flo;

/// <summary><c>etdb flo signer</c>: the other side of <c>etdb publish --signer</c>, for a key that lies on another machine or account: one digest in, one signature out.</summary>
internal static class SignerCommand
{
    private const int MaxQuestionChars = 4096;

    public static Command Build()
    {
        var (file, passphrase) = (KeyCommands.KeyFileOption(), KeyCommands.PassphraseFileOption());
        var command = new Command("signer", "Read {\"digest\":HEX,\"publicKey\":HEX} from stdin and print {\"signature\":HEX}: a signer for 'etdb publish --signer'.") { file, passphrase };
        command.Does(async (result, output, ct) =>
        {
            var (digest, publicKey) = Read(await Console.In.ReadLineAsync(ct));
            var (key, _) = await KeyCommands.OpenAsync(result.GetValue(file)!, result.GetValue(passphrase), ct);
            using (key)
            {
                if (!publicKey.AsSpan().SequenceEqual(key.PublicKey))
                {
                    throw new CliException("the question is for another key.") { ExitCode = CliExit.No };
                }

                await output.Answer.WriteLineAsync(JsonSerializer.Serialize(new { signature = Convert.ToHexStringLower(key.Sign(digest).Compact) }));
            }

            return CliExit.Done;
        });
        return command.WithExamples("etdb publish ./tomogram-17 --signer 'ssh vault etdb flo signer --key-file lab.key' --public-key 02…");
    }

    private static (byte[] Digest, byte[] PublicKey) Read(string? line)
    {
        try
        {
            using var question = JsonDocument.Parse(line is { Length: <= MaxQuestionChars } ? line : throw new CliException("one short line of JSON is expected on stdin."));
            var digest = Convert.FromHexString(question.RootElement.GetProperty("digest").GetString() ?? "");
            var publicKey = Convert.FromHexString(question.RootElement.GetProperty("publicKey").GetString() ?? "");
            return digest.Length == 32 ? (digest, publicKey) : throw new CliException($"a digest has 32 bytes, not {digest.Length}.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CliException($"stdin holds something else than {{\"digest\":HEX,\"publicKey\":HEX}}: {e.Message}", e);
        }
    }
}
