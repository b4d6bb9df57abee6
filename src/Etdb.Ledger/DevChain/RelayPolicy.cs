namespace Etdb.Ledger.DevChain;

/// <summary>What FLO nodes relay, beyond what blocks may hold. Reasons are theirs.</summary>
internal static class RelayPolicy
{
    private const int MaxScriptSig = 1650;
    private const int SpendingInputBytes = 32 + 4 + 1 + 107 + 4;
    private const int SpendingWitnessInputBytes = 32 + 4 + 1 + (107 / 4) + 4;

    /// <summary>Null when the transaction has a form nodes relay.</summary>
    public static TransactionSubmission? Check(FloTransaction transaction, MempoolLimits limits)
    {
        if (transaction.IsCoinbase)
        {
            return TransactionSubmission.Invalid("coinbase");
        }

        if (transaction.FloData.Length > limits.FloDataBytes)
        {
            return TransactionSubmission.NotRelayed(TransactionSubmission.CodeInvalid, "flo-data-too-large");
        }

        if (transaction.Version is < 1 or > 2)
        {
            return NonStandard("version");
        }

        if (transaction.Weight > limits.TransactionWeight)
        {
            return NonStandard("tx-size");
        }

        if (transaction.Inputs.Any(i => i.ScriptSig.Length > MaxScriptSig))
        {
            return NonStandard("scriptsig-size");
        }

        return CheckOutputs(transaction, limits);
    }

    /// <summary>Smallest value nodes relay for an output with this script.</summary>
    public static long DustThreshold(ReadOnlySpan<byte> script, long dustFeePerKilobyte)
    {
        var kind = FloScript.Classify(script);
        if (kind == ScriptKind.NullData)
        {
            return 0;
        }

        var spending = kind is ScriptKind.WitnessPublicKeyHash or ScriptKind.WitnessScriptHash ? SpendingWitnessInputBytes : SpendingInputBytes;
        var output = 8 + WireWriter.CompactSizeLength((ulong)script.Length) + script.Length;
        return (output + spending) * dustFeePerKilobyte / 1000;
    }

    private static TransactionSubmission? CheckOutputs(FloTransaction transaction, MempoolLimits limits)
    {
        var dataOutputs = 0;
        foreach (var output in transaction.Outputs)
        {
            var kind = FloScript.Classify(output.Script.Span);
            if (kind == ScriptKind.NonStandard)
            {
                return NonStandard("scriptpubkey");
            }

            dataOutputs += kind == ScriptKind.NullData ? 1 : 0;
            if (output.Value < DustThreshold(output.Script.Span, limits.DustFeePerKilobyte))
            {
                return TransactionSubmission.NotRelayed(TransactionSubmission.CodeDust, "dust");
            }
        }

        return dataOutputs > 1 ? NonStandard("multi-op-return") : null;
    }

    private static TransactionSubmission NonStandard(string reason) => TransactionSubmission.NotRelayed(TransactionSubmission.CodeNonStandard, reason);
}
