namespace Etdb.Ledger.Publishing.Wallet;

/// <summary>What a transaction shall do.</summary>
public sealed record SpendRequest
{
    /// <summary>The comment.</summary>
    public ReadOnlyMemory<byte> FloData { get; init; }

    /// <summary>Outputs to others, in this order before the change.</summary>
    public IReadOnlyList<TransactionOutput> Payments { get; init; } = [];

    /// <summary>Outputs the change is split into, equal parts: more than one fans out, so that later transactions need not form one chain.</summary>
    public int ChangeOutputs { get; init; } = 1;

    /// <summary>Says that it may be replaced by one with a higher fee (BIP 125). Its id changes then, so not for a part that others refer to.</summary>
    public bool Replaceable { get; init; }

    /// <summary>Spends exactly these, in this order (a replacement); null lets the wallet choose.</summary>
    public IReadOnlyList<OutPoint>? Spend { get; init; }
}
