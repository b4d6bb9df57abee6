namespace Etdb.Ledger.DevChain;

/// <summary>Consensus rules on single transactions. Reasons are Bitcoin Core's; null means none was broken.</summary>
internal static class TransactionRules
{
    private const int MaxWeight = BlockCheck.MaxWeight;
    private const int MinCoinbaseScript = 2;
    private const int MaxCoinbaseScript = 100;
    private const uint LockTimeThreshold = 500_000_000;
    private const uint SequenceFinal = uint.MaxValue;

    /// <summary>Rules that need nothing but the transaction.</summary>
    public static string? Check(FloTransaction transaction)
    {
        if (transaction.Inputs.IsEmpty)
        {
            return "bad-txns-vin-empty";
        }

        if (transaction.Outputs.IsEmpty)
        {
            return "bad-txns-vout-empty";
        }

        return transaction.BaseSize * 4L > MaxWeight ? "bad-txns-oversize" : CheckOutputs(transaction) ?? CheckInputs(transaction);
    }

    /// <summary>True when the locktime has passed for a block at <paramref name="height"/> whose predecessor has the median time <paramref name="medianTime"/>.</summary>
    public static bool IsFinal(FloTransaction transaction, int height, uint medianTime)
    {
        var bound = transaction.LockTime < LockTimeThreshold ? (uint)height : medianTime;
        return transaction.LockTime == 0 || transaction.LockTime < bound || transaction.Inputs.All(i => i.Sequence == SequenceFinal);
    }

    /// <summary>Relative locktimes (BIP 68): the age each spent output must have.</summary>
    public static bool SequencesAreMet(FloTransaction transaction, IReadOnlyList<Coin> spent, int height, ChainEntry previous)
    {
        const uint Disabled = 1u << 31;
        const uint ByTime = 1u << 22;
        if (transaction.Version < 2)
        {
            return true;
        }

        for (var i = 0; i < spent.Count; i++)
        {
            var sequence = transaction.Inputs[i].Sequence;
            if ((sequence & Disabled) != 0)
            {
                continue;
            }

            var amount = (int)(sequence & 0xffff);
            var origin = Math.Min(spent[i].Height, height);
            var met = (sequence & ByTime) == 0
                ? height >= origin + amount
                : previous.MedianTime() >= previous.At(Math.Clamp(origin - 1, 0, previous.Height)).MedianTime() + ((long)amount << 9);
            if (!met)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Values and scripts against the outputs it spends; gives the fee.</summary>
    public static string? CheckSpending(FloTransaction transaction, IReadOnlyList<Coin> spent, int height, ScriptRules? scripts, out long fee)
    {
        fee = 0;
        var input = 0L;
        foreach (var coin in spent)
        {
            if (!coin.IsMatureAt(height))
            {
                return "bad-txns-premature-spend-of-coinbase";
            }

            input += coin.Output.Value;
            if (!Money.InRange(input))
            {
                return "bad-txns-inputvalues-outofrange";
            }
        }

        fee = input - transaction.OutputValue();
        if (fee < 0)
        {
            return "bad-txns-in-belowout";
        }

        return scripts is { } rules ? CheckScripts(transaction, spent, rules) : null;
    }

    private static string? CheckScripts(FloTransaction transaction, IReadOnlyList<Coin> spent, ScriptRules rules)
    {
        for (var i = 0; i < spent.Count; i++)
        {
            var outcome = ScriptVerifier.Verify(transaction, i, spent[i].Output, rules).Outcome;
            if (outcome != ScriptOutcome.Valid)
            {
                return outcome == ScriptOutcome.Unsupported
                    ? $"script-not-supported-by-development-chain (input {i})"
                    : $"mandatory-script-verify-flag-failed (input {i}: {outcome})";
            }
        }

        return null;
    }

    private static string? CheckOutputs(FloTransaction transaction)
    {
        var sum = 0L;
        foreach (var output in transaction.Outputs)
        {
            if (output.Value < 0)
            {
                return "bad-txns-vout-negative";
            }

            sum += Math.Min(output.Value, Money.Max + 1);
            if (!Money.InRange(output.Value) || !Money.InRange(sum))
            {
                return "bad-txns-vout-toolarge";
            }
        }

        return null;
    }

    private static string? CheckInputs(FloTransaction transaction)
    {
        if (transaction.IsCoinbase)
        {
            return transaction.Inputs[0].ScriptSig.Length is < MinCoinbaseScript or > MaxCoinbaseScript ? "bad-cb-length" : null;
        }

        var seen = new HashSet<OutPoint>();
        foreach (var input in transaction.Inputs)
        {
            if (input.Previous == OutPoint.None)
            {
                return "bad-txns-prevout-null";
            }

            if (!seen.Add(input.Previous))
            {
                return "bad-txns-inputs-duplicate";
            }
        }

        return null;
    }
}
