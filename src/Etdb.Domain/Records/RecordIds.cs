namespace Etdb.Domain.Records;

/// <summary>A dataset, named by the id (64 lower-case hex digits) of the transaction that first published its record.</summary>
public readonly record struct DatasetId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A lab publisher, named by its FLO address.</summary>
public readonly record struct PublisherId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
