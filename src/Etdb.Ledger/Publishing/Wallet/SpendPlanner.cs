namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>Chooses inputs, change and fee. The fee is for the largest size the signatures can give, so the rate is never below the wanted one.</summary>
internal static class SpendPlanner
{
    public static SpendPlan Plan(ReadOnlySpan<byte> publicKey, IReadOnlyList<WalletOutput> outputs, SpendRequest request, SpendingPolicy policy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.ChangeOutputs, 1, nameof(request));
        var key = publicKey.ToArray();
        var mine = outputs.Where(o => o.IsMature && InputSigner.CanSign(o.Script.Span, key)).ToList();
        var available = mine.Sum(o => o.Value);
        if (request.FloData.Length > policy.MaxFloDataBytes)
        {
            return new SpendPlan(BuildStatus.FloDataTooLong, null, 0, available);
        }

        if (request.Payments.Any(p => p.Value < policy.DustFor(p.Script.Span)))
        {
            return new SpendPlan(BuildStatus.Dust, null, 0, available);
        }

        return request.Spend is { } exactly ? PlanExactly(key, mine, exactly, request, policy, available) : PlanFreely(key, mine, request, policy, available);
    }

    private static SpendPlan PlanExactly(
        byte[] key, List<WalletOutput> mine, IReadOnlyList<OutPoint> exactly, SpendRequest request, SpendingPolicy policy, long available)
    {
        var chosen = exactly.Select(wanted => mine.Find(o => o.OutPoint == wanted)).ToList();
        return chosen.Contains(null)
            ? new SpendPlan(BuildStatus.NotSpendable, null, 0, available)
            : Draft(key, chosen!, request, policy, available);
    }

    private static SpendPlan PlanFreely(byte[] key, List<WalletOutput> mine, SpendRequest request, SpendingPolicy policy, long available)
    {
        SpendPlan? best = null;
        foreach (var single in CoinSelection.ForSingle(mine))
        {
            var plan = Draft(key, [single], request, policy, available);
            if (plan.Status == BuildStatus.Built)
            {
                return plan;
            }

            best = Prefer(best, plan);
        }

        var chosen = new List<WalletOutput>();
        foreach (var next in CoinSelection.ForMany(mine).Take(policy.MaxInputs))
        {
            if (!CoinSelection.FitsChain([.. chosen, next], 0, policy))
            {
                best = Prefer(best, new SpendPlan(BuildStatus.ChainTooLong, null, best?.Needed ?? 0, available));
                continue;
            }

            chosen.Add(next);
            var plan = Draft(key, chosen, request, policy, available);
            if (plan.Status == BuildStatus.Built)
            {
                return plan;
            }

            best = Prefer(best, plan);
        }

        return best ?? new SpendPlan(BuildStatus.NotEnough, null, request.Payments.Sum(p => p.Value), available);
    }

    /// <summary>A chain that is too long says more than a lack of money: a block helps.</summary>
    private static SpendPlan Prefer(SpendPlan? old, SpendPlan next) =>
        old is null || (old.Status == BuildStatus.NotEnough && (next.Status != BuildStatus.NotEnough || next.Needed > old.Needed)) ? next : old;

    private static SpendPlan Draft(byte[] key, IReadOnlyList<WalletOutput> spent, SpendRequest request, SpendingPolicy policy, long available)
    {
        var script = FloScript.PayToPublicKeyHash(Hashes.Hash160(key));
        var total = spent.Sum(o => o.Value);
        var paid = request.Payments.Sum(p => p.Value);
        for (var changeOutputs = request.ChangeOutputs; changeOutputs >= 0; changeOutputs = changeOutputs > 0 ? 0 : -1)
        {
            var size = Measure(key, spent, request, script, changeOutputs);
            var fee = policy.FeeFor(size);
            var change = total - paid - fee;
            var least = changeOutputs * policy.DustFor(script);
            if (change < least)
            {
                // What is left after the payments and is too little for change becomes fee, if there is a payment at all.
                if (changeOutputs > 0 && request.Payments.Count > 0 && request.ChangeOutputs == 1)
                {
                    continue;
                }

                return new SpendPlan(BuildStatus.NotEnough, null, paid + fee + least, available);
            }

            var actual = changeOutputs == 0 ? fee + change : fee;
            return Judge(Make(key, spent, request, script, changeOutputs, change, actual), size, policy, available, paid + actual + least);
        }

        return new SpendPlan(BuildStatus.NotEnough, null, paid, available);
    }

    private static SpendPlan Judge(SpendDraft draft, int size, SpendingPolicy policy, long available, long needed)
    {
        if (!CoinSelection.FitsChain(draft.Spent, size, policy))
        {
            return new SpendPlan(BuildStatus.ChainTooLong, null, needed, available);
        }

        return draft.Fee > policy.MaxFee
            ? new SpendPlan(BuildStatus.FeeTooHigh, null, needed, available)
            : new SpendPlan(BuildStatus.Built, draft, needed, available);
    }

    private static SpendDraft Make(
        byte[] key, IReadOnlyList<WalletOutput> spent, SpendRequest request, byte[] script, int changeOutputs, long change, long fee)
    {
        var outputs = new List<TransactionOutput>(request.Payments);
        for (var i = 0; i < changeOutputs; i++)
        {
            // The first takes what does not divide.
            outputs.Add(new TransactionOutput((change / changeOutputs) + (i == 0 ? change % changeOutputs : 0), script));
        }

        var inputs = spent.Select(o => new TransactionInput(o.OutPoint, default, RecordWallet.Sequence(request))).ToList();
        var unsigned = FloTransaction.Create(FloTransaction.FirstVersionWithFloData, inputs, outputs, 0, request.FloData);
        return new SpendDraft(unsigned, key, [.. spent], request.Payments.Count, fee);
    }

    private static int Measure(byte[] key, IReadOnlyList<WalletOutput> spent, SpendRequest request, byte[] script, int changeOutputs)
    {
        var draft = Make(key, spent, request, script, changeOutputs, 0, 0);
        var inputs = draft.Unsigned.Inputs.Select((input, i) => InputSigner.Unlock(input, spent[i], key, [])).ToList();
        return FloTransaction.Create(draft.Unsigned.Version, inputs, draft.Unsigned.Outputs, 0, request.FloData).VirtualSize;
    }
}
