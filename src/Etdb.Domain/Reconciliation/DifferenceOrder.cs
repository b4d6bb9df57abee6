namespace Etdb.Domain.Reconciliation;

/// <summary>By kind, dataset, node and root, in ordinal order; what is not named comes first.</summary>
public sealed class DifferenceOrder : IComparer<Difference>
{
    /// <summary>The one there is.</summary>
    public static readonly DifferenceOrder Instance = new();

    /// <inheritdoc/>
    public int Compare(Difference? x, Difference? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        var order = x.Kind.CompareTo(y.Kind);
        order = order != 0 ? order : string.CompareOrdinal(x.Dataset?.Value, y.Dataset?.Value);
        order = order != 0 ? order : string.CompareOrdinal(x.Node?.Value, y.Node?.Value);
        return order != 0 ? order : string.CompareOrdinal(x.Root?.Value, y.Root?.Value);
    }
}
