using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Etdb.Ledger.Flo.Scripts;
using Etdb.Ledger.Flo.Wire;

namespace Etdb.Benchmarks.Flo;

/// <summary>
/// Parsing FLO blocks and hashing every transaction and the Merkle root, against fcoin's own parser (JavaScript with native hashes) on the same bytes in the same run,
/// alternating, best of rounds. Goal: ten times as fast, by the way the follower reads blocks: many at a time (<see cref="FloBlock.ParseMany"/>). One block alone is told as well:
/// it hashes its few messages one after the other and is bound by that. Needs fcoin: folder in FCOIN_HOME, or the integration tests' cache.
/// </summary>
public static class FloParseBenchmark
{
    private const int Rounds = 5;
    private const double Goal = 10;

    /// <summary>Blocks in one answer of a node, as the client asks for them, but no more bytes than that.</summary>
    private const int BatchBlocks = 100;
    private const int BatchBytes = 4 << 20;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(700);

    /// <summary>Prints one JSON document; 0 when the goal is met for every kind of block, 2 when fcoin is missing.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        var home = Environment.GetEnvironmentVariable("FCOIN_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "etdb-tests", "fcoin-1.2.3");
        if (!Directory.Exists(Path.Combine(home, "node_modules", "fcoin")))
        {
            await output.WriteLineAsync($"{{\"benchmark\":\"flo-parse\",\"error\":\"no fcoin in {home}; run the integration tests once or set FCOIN_HOME\"}}");
            return 2;
        }

        var results = new List<object>();
        var met = true;
        var only = args.FirstOrDefault(a => !a.StartsWith('-'));
        foreach (var (name, block) in new[] { ("records", Block(600, 1000)), ("payments", Block(2000, 0)), ("small", Block(4, 800)) }.Where(b => only is null || b.Item1 == only))
        {
            var (ours, alone, theirs, hashes) = (double.MaxValue, double.MaxValue, double.MaxValue, double.MaxValue);
            var file = Path.GetTempFileName();
            await File.WriteAllBytesAsync(file, block.Raw.ToArray(), cancellationToken);
            for (var round = 0; round < Rounds; round++)
            {
                ours = Math.Min(ours, Batch(block));
                alone = Math.Min(alone, Alone(block));
                hashes = Math.Min(hashes, Hashes(block));
                theirs = Math.Min(theirs, await TheirsAsync(home, file, block, cancellationToken));
            }

            File.Delete(file);
            met &= theirs / ours >= Goal;
            results.Add(new
            {
                block = name,
                transactions = block.Transactions.Length,
                bytes = block.Raw.Length,
                oursMicroseconds = Math.Round(ours, 1),
                aloneMicroseconds = Math.Round(alone, 1),
                fcoinMicroseconds = Math.Round(theirs, 1),
                hashesOneByOneMicroseconds = Math.Round(hashes, 1),
                ratio = Math.Round(theirs / ours, 1),
                ratioAlone = Math.Round(theirs / alone, 1),
            });
        }

        await output.WriteLineAsync(JsonSerializer.Serialize(new { benchmark = "flo-parse", goal = Goal, judgedBy = "ratio: batches, as the follower reads", sixteenLanes = Avx512BW.IsSupported, met, results }));
        return met ? 0 : 1;
    }

    /// <summary>Microseconds a block of a batch, each in a buffer of its own: parse, all ids, Merkle roots.</summary>
    private static double Batch(FloBlock block)
    {
        var count = Math.Clamp(BatchBytes / block.Raw.Length, 1, BatchBlocks);
        var raws = Enumerable.Range(0, count).Select(_ => (ReadOnlyMemory<byte>)block.Raw.ToArray()).ToArray();
        var start = Stopwatch.GetTimestamp();
        var runs = 0;
        while (Stopwatch.GetElapsedTime(start) < RoundTime)
        {
            foreach (var parsed in FloBlock.ParseMany(raws))
            {
                if (parsed.Block?.ComputeMerkleRoot() != block.Header.MerkleRoot)
                {
                    throw new InvalidOperationException("A parsed block has another root.");
                }

                runs++;
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / runs;
    }

    /// <summary>Microseconds of a block alone: parse, all ids, Merkle root.</summary>
    private static double Alone(FloBlock block)
    {
        var raw = block.Raw.ToArray();
        var start = Stopwatch.GetTimestamp();
        var runs = 0;
        while (Stopwatch.GetElapsedTime(start) < RoundTime)
        {
            if (FloBlock.Parse(raw).ComputeMerkleRoot() != block.Header.MerkleRoot)
            {
                throw new InvalidOperationException("The parsed block has another root.");
            }

            runs++;
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / runs;
    }

    /// <summary>Microseconds for the hashes alone, one after the other: what no parser that hashes so can be faster than.</summary>
    private static double Hashes(FloBlock block)
    {
        var start = Stopwatch.GetTimestamp();
        var runs = 0;
        while (Stopwatch.GetElapsedTime(start) < RoundTime)
        {
            _ = Hash256.DoubleSha256(block.Header.Raw);
            foreach (var transaction in block.Transactions)
            {
                _ = Hash256.DoubleSha256(transaction.Raw.Span);
            }

            // A tree of n leaves has about n inner hashes, each of 64 bytes.
            for (var i = 1; i < block.Transactions.Length; i++)
            {
                _ = Hash256.DoubleSha256(block.Raw.Span[..(2 * Hash256.Size)]);
            }

            runs++;
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / runs;
    }

    private static async Task<double> TheirsAsync(string home, string file, FloBlock block, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node", [Script(), file, RoundTime.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)]) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["FCOIN_HOME"] = home;
        using var process = Process.Start(start)!;
        var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("root").GetString() == block.Header.MerkleRoot.ToString()
            ? json.RootElement.GetProperty("microseconds").GetDouble()
            : throw new InvalidOperationException("fcoin computed another Merkle root.");
    }

    private static string Script([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "fcoin-parse.cjs");

    /// <summary>A block of P2PKH transactions with comments, in the form records have on the chain; signatures are random bytes, parsing does not look at them.</summary>
    private static FloBlock Block(int transactions, int commentBytes)
    {
        var random = new Random(transactions);
        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        var script = FloScript.PayToPublicKeyHash(Bytes(20));
        List<FloTransaction> list = [FloTransaction.Create(2, [new TransactionInput(OutPoint.None, Bytes(8), uint.MaxValue)], [new TransactionOutput(1, script)], 0, default)];
        for (var i = 1; i < transactions; i++)
        {
            byte[] unlock = [.. FloScript.Push(Bytes(72)), .. FloScript.Push(Bytes(33))];
            var comment = commentBytes == 0 ? [] : System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(Bytes(commentBytes / 2)));
            list.Add(FloTransaction.Create(
                2, [new TransactionInput(new OutPoint(new Hash256(Bytes(32)), 0), unlock, uint.MaxValue)], [new TransactionOutput(5, script), new TransactionOutput(6, script)], 0, comment));
        }

        var root = MerkleTree.Root([.. list.Select(t => t.Txid)]);
        return FloBlock.Create(new FloBlockHeader(0x20000000, Hash256.Zero, root, 1_700_000_000, 0x207fffff, 0), list);
    }
}
