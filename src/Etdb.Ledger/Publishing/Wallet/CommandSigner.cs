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
    public (byte[] Compact, int RecoveryId) Sign(Hash256 digest)
    {
        var question = JsonSerializer.Serialize(new { digest = Convert.ToHexStringLower(digest.ToArray()), publicKey = Convert.ToHexStringLower(PublicKey.Span) });
        try
        {
            return Check(digest, Ask(question));
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            throw new SigningException($"The signer '{program}' cannot be run: {e.Message}", e);
        }
    }

    private string Ask(string question)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new SigningException($"The signer '{program}' did not start.");
        var answer = new Conversation(process);
        using var timer = time.CreateTimer(_ => answer.Over.Set(), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            answer.Begin(question);

            // Not WaitForExit: what the signer left running may hold its output open after it has ended, or it may have closed it and not end.
            answer.Over.Wait();
            return answer switch
            {
                { Length: MaxAnswerChars } => throw new SigningException($"The signer '{program}' printed more than {MaxAnswerChars} characters."),
                { ExitCode: null } => throw new SigningException($"The signer '{program}' gave no answer within {limit.TotalSeconds} s."),
                { ExitCode: not 0 } => throw new SigningException($"The signer '{program}' refused (exit code {answer.ExitCode})."),
                _ => answer.Text,
            };
        }
        finally
        {
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>One question and its answer, on a thread of their own: reading from a program cannot be interrupted, only left behind.</summary>
    private sealed class Conversation(Process process)
    {
        private readonly char[] _answer = new char[MaxAnswerChars];
        private int _length;

        /// <summary>Set when the answer is there, or when nobody waits for it any more.</summary>
        public ManualResetEventSlim Over { get; } = new();

        public int Length => Volatile.Read(ref _length);

        /// <summary>Null while it has not ended.</summary>
        public int? ExitCode { get; private set; }

        public string Text => new(_answer, 0, Length);

        public void Begin(string question) => new Thread(() => Talk(question)) { IsBackground = true, Name = "signer" }.Start();

        private void Talk(string question)
        {
            try
            {
                Ask(question);
                Volatile.Write(ref _length, process.StandardOutput.ReadBlock(_answer));
                if (Length < MaxAnswerChars)
                {
                    process.WaitForExit();
                    ExitCode = process.ExitCode;
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
            {
                // It was given up meanwhile.
            }

            Over.Set();
        }

        private void Ask(string question)
        {
            try
            {
                process.StandardInput.WriteLine(question);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It does not care for the question; what it prints and its exit code say more.
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
