using System.Diagnostics;
using System.Text.Json;

namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>An external signer could not or would not sign.</summary>
public sealed class SigningException : Exception
{
    public SigningException()
    {
    }

    public SigningException(string message)
        : base(message)
    {
    }

    public SigningException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// Signs by another program (a hardware device's tool, a vault), so that the key never is in this process. The program gets one line of JSON on its standard input,
/// <c>{"digest":HEX,"publicKey":HEX}</c>, and prints <c>{"signature":HEX}</c>: 64 bytes r and s. What it prints is checked against the public key before it is used.
/// </summary>
public sealed class CommandSigner(string program, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> publicKey, TimeSpan limit, TimeProvider time) : IDigestSigner
{
    private const int MaxAnswerChars = 4096;
    private const int RecoveryIds = 4;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; } = publicKey;

    /// <inheritdoc/>
    public async Task<(byte[] Compact, int RecoveryId)> SignAsync(Hash256 digest, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var question = JsonSerializer.Serialize(new { digest = Convert.ToHexStringLower(digest.ToArray()), publicKey = Convert.ToHexStringLower(PublicKey.Span) });
        try
        {
            var answer = await AskAsync(question, linked.Token).ConfigureAwait(false);
            return Check(digest, answer);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SigningException($"The signer '{program}' gave no answer within {limit.TotalSeconds} s.", e);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            throw new SigningException($"The signer '{program}' cannot be run: {e.Message}", e);
        }
    }

    private async Task<string> AskAsync(string question, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new SigningException($"The signer '{program}' did not start.");
        try
        {
            await process.StandardInput.WriteLineAsync(question.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
            var answer = new char[MaxAnswerChars];
            var length = await process.StandardOutput.ReadBlockAsync(answer, cancellationToken).ConfigureAwait(false);
            if (length == MaxAnswerChars)
            {
                throw new SigningException($"The signer '{program}' printed more than {MaxAnswerChars} characters.");
            }

            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode == 0 ? new string(answer, 0, length) : throw new SigningException($"The signer '{program}' refused (exit code {process.ExitCode}).");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private (byte[] Compact, int RecoveryId) Check(Hash256 digest, string answer)
    {
        var compact = ReadSignature(answer);
        var recovered = new byte[PublicKey.Length];
        for (var id = 0; id < RecoveryIds; id++)
        {
            if (Secp256k1.Instance.TryRecover(digest.ToArray(), compact, id, recovered) && recovered.AsSpan().SequenceEqual(PublicKey.Span))
            {
                return EcdsaSignature.IsLowS(EcdsaSignature.ToDer(compact))
                    ? (compact, id)
                    : throw new SigningException($"The signer '{program}' gave a signature with high S, which nodes do not relay.");
            }
        }

        throw new SigningException($"The signer '{program}' gave a signature that the public key did not make.");
    }

    private byte[] ReadSignature(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var compact = Convert.FromHexString(json.RootElement.GetProperty("signature").GetString() ?? string.Empty);
            return compact.Length == 64 ? compact : throw new FormatException($"a signature has 64 bytes, not {compact.Length}");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SigningException($"The signer '{program}' printed something else than {{\"signature\":HEX}}: {e.Message}", e);
        }
    }
}
