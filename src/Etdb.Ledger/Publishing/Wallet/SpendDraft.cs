namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>A transaction that lacks only its signatures.</summary>
internal sealed record SpendDraft(FloTransaction Unsigned, ReadOnlyMemory<byte> PublicKey, IReadOnlyList<WalletOutput> Spent, int Payments, long Fee)
{
    /// <summary>What must be signed, an entry for each input.</summary>
    public IReadOnlyList<Hash256> Digests() => [.. Spent.Select((spent, i) => InputSigner.Digest(Unsigned, i, spent, PublicKey.Span))];

    /// <summary>The wallet's view of the signed transaction.</summary>
    public BuiltTransaction Complete(FloTransaction signed)
    {
        var ancestors = Spent.Sum(o => o.UnconfirmedAncestors) + 1;
        var bytes = Spent.Sum(o => o.UnconfirmedBytes) + signed.VirtualSize;
        var created = signed.Outputs
            .Select((output, i) => new WalletOutput(new OutPoint(signed.Txid, (uint)i), output.Value, output.Script, 0, false, ancestors, bytes))
            .Skip(Payments);
        return new BuiltTransaction(signed, Fee, Spent, [.. created]);
    }
}

/// <summary>A draft, or why there is none.</summary>
internal sealed record SpendPlan(BuildStatus Status, SpendDraft? Draft, long Needed, long Available);
