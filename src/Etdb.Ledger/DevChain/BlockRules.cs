namespace Etdb.Ledger.DevChain;

/// <summary>Consensus rules on a block in its place. Reasons are Bitcoin Core's; null means none was broken.</summary>
internal static class BlockRules
{
    /// <summary>How far a header may be ahead of our clock.</summary>
    private static readonly TimeSpan FutureTime = TimeSpan.FromHours(2);

    private static ReadOnlySpan<byte> CommitmentPrefix => [FloScript.OpReturn, 36, 0xaa, 0x21, 0xa9, 0xed];

    /// <summary>Rules that need the headers before it. <paramref name="now"/> is null when a logged block is replayed, whose work and time were judged before.</summary>
    public static string? CheckInPlace(FloBlock block, ChainEntry parent, FloNetwork network, DateTimeOffset? now)
    {
        var height = parent.Height + 1;
        var header = block.Header;
        if (header.Bits != DifficultySchedule.RequiredBits(height, header.Time, h => parent.At(h).Header, network))
        {
            return "bad-diffbits";
        }

        if (header.Time <= parent.MedianTime())
        {
            return "time-too-old";
        }

        if (header.Time > (now + FutureTime)?.ToUnixTimeSeconds())
        {
            return "time-too-new";
        }

        var least = height >= network.Bip65Height ? 4 : height >= network.Bip66Height ? 3 : height >= network.Bip34Height ? 2 : 1;
        if (header.Version < least)
        {
            return $"bad-version(0x{header.Version:x8})";
        }

        if (network.Checkpoints.TryGetValue(height, out var known) && known != header.Hash)
        {
            return "checkpoint mismatch";
        }

        return CheckForm(block, network, checkWork: now is not null) ?? CheckTransactions(block, parent, network);
    }

    /// <summary>The commitment to the witnesses in a coinbase, if there is one: the last matching output counts (BIP 141).</summary>
    public static ReadOnlyMemory<byte>? Commitment(FloTransaction coinbase)
    {
        for (var i = coinbase.Outputs.Length - 1; i >= 0; i--)
        {
            var script = coinbase.Outputs[i].Script;
            if (script.Length >= 38 && script.Span[..6].SequenceEqual(CommitmentPrefix))
            {
                return script.Slice(6, Hash256.Size);
            }
        }

        return null;
    }

    /// <summary>Output script that commits to the witnesses of a block's transactions (BIP 141), with a reserved value of zeros.</summary>
    public static byte[] CommitmentScript(IReadOnlyList<FloTransaction> withoutCoinbase)
    {
        Hash256[] leaves = [Hash256.Zero, .. withoutCoinbase.Select(t => t.Wtxid)];
        return [.. CommitmentPrefix, .. MerkleTree.Combine(MerkleTree.Root(leaves), Hash256.Zero).ToArray()];
    }

    /// <summary>BIP 34: the height as a script push.</summary>
    public static byte[] HeightPush(int height)
    {
        if (height is >= 1 and <= 16)
        {
            return [(byte)(FloScript.Op1 + height - 1)];
        }

        var bytes = new List<byte>();
        for (var rest = height; rest > 0; rest >>= 8)
        {
            bytes.Add((byte)rest);
        }

        if (bytes[^1] >= 0x80)
        {
            bytes.Add(0);
        }

        return [(byte)bytes.Count, .. bytes];
    }

    private static string? CheckForm(FloBlock block, FloNetwork network, bool checkWork) => BlockCheck.Check(block, network, checkWork) switch
    {
        BlockFault.None => null,
        BlockFault.WorkTooLow => "high-hash",
        BlockFault.MerkleRootDiffers => "bad-txnmrklroot",
        BlockFault.MerkleTreeAmbiguous => "bad-txns-duplicate",
        BlockFault.TooHeavy => "bad-blk-weight",
        _ => "bad-cb-missing",
    };

    private static string? CheckTransactions(FloBlock block, ChainEntry parent, FloNetwork network)
    {
        var height = parent.Height + 1;
        var median = parent.MedianTime();
        foreach (var transaction in block.Transactions)
        {
            if (TransactionRules.Check(transaction) is { } reason)
            {
                return reason;
            }

            if (!TransactionRules.IsFinal(transaction, height, median))
            {
                return "bad-txns-nonfinal";
            }
        }

        var coinbase = block.Transactions[0];
        if (height >= network.Bip34Height && !coinbase.Inputs[0].ScriptSig.Span.StartsWith(HeightPush(height)))
        {
            return "bad-cb-height";
        }

        return CheckWitness(block, coinbase);
    }

    private static string? CheckWitness(FloBlock block, FloTransaction coinbase)
    {
        if (Commitment(coinbase) is not { } commitment)
        {
            return block.Transactions.Any(t => t.HasWitness) ? "unexpected-witness" : null;
        }

        var witness = coinbase.Inputs[0].Witness;
        if (witness.Length != 1 || witness[0].Length != Hash256.Size)
        {
            return "bad-witness-nonce-size";
        }

        Hash256[] leaves = [Hash256.Zero, .. block.Transactions.Skip(1).Select(t => t.Wtxid)];
        var expected = MerkleTree.Combine(MerkleTree.Root(leaves), new Hash256(witness[0].Span));
        return new Hash256(commitment.Span) == expected ? null : "bad-witness-merkle-match";
    }
}
