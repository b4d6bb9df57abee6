using System.Diagnostics;
using System.Text.Json;
using Etdb.Ledger.Flo;
using Etdb.Ledger.Flo.Crypto;

namespace Etdb.Benchmarks.Flo;

/// <summary>
/// Message verification against nothing but libsecp256k1's recovery in a tight loop, in one run, alternating, best of rounds (what else the machine does only ever adds). Goal: at most 10 % more: everything around the
/// curve (base64, two SHA-256, address hash, comparison) has to fit into that.
/// </summary>
public static class SignatureBenchmark
{
    private const int Rounds = 60;
    private const int Signatures = 50;

    /// <summary>Prints one JSON document; 0 when the goal is met.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        using var key = FloKey.FromSecret(Enumerable.Repeat((byte)0x42, 32).ToArray());
        var address = key.Address(FloNetwork.Main);
        var messages = Enumerable.Range(0, Signatures).Select(i => System.Text.Encoding.UTF8.GetBytes($"QmfJxwEBCbfe5SRQpP1T1jaJrCLMuBSwP8FgpeV54rsPLx-{address}-{1_605_498_443 + i}")).ToArray();
        var signatures = messages.Select(m => MessageSigner.Sign(key, m)).ToArray();
        var raw = signatures.Select(Convert.FromBase64String).ToArray();
        var digests = messages.Select(m => MessageSignature.Digest(m).ToArray()).ToArray();
        var (bare, whole) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds + 2; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var tight = Time(i => RecoverOnly(digests[i], raw[i]));
            var verify = Time(i => MessageVerifier.Verify(address, signatures[i], messages[i]) == MessageVerdict.Valid);
            if (round >= 2)
            {
                bare.Add(tight);
                whole.Add(verify);
            }
        }

        var (recover, verified) = (bare.Min(), whole.Min());
        output.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "signature",
            signatures = Signatures,
            rounds = Rounds,
            recoverMicroseconds = Math.Round(recover, 2),
            verifyMicroseconds = Math.Round(verified, 2),
            ratio = Math.Round(verified / recover, 3),
            goal = 1.10,
            met = verified / recover <= 1.10,
        }));
        return Task.FromResult(verified / recover <= 1.10 ? 0 : 1);
    }

    private static bool RecoverOnly(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        Span<byte> publicKey = stackalloc byte[33];
        return Secp256k1.Instance.TryRecover(digest, signature[1..], (signature[0] - 27) & 3, publicKey);
    }

    /// <summary>Microseconds a signature.</summary>
    private static double Time(Func<int, bool> verify)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Signatures; i++)
        {
            if (!verify(i))
            {
                throw new InvalidOperationException($"Signature {i} did not hold.");
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Signatures;
    }
}
