namespace Etdb.Storage.Catalogue;

/// <summary>Where a dataset is kept and what is wished for it: what "what if" and the three-way difference need, without its texts.</summary>
/// <param name="Id">Transaction id of the first publication.</param>
/// <param name="Root">Root CID; null when the record names none.</param>
/// <param name="State">As in <see cref="DatasetRow.State"/>.</param>
/// <param name="Target">Replicas wanted.</param>
/// <param name="Floor">Replicas below which it is endangered.</param>
/// <param name="Most">Replicas above which surplus is trimmed.</param>
/// <param name="DistinctBy"><c>member|site|country|node</c>.</param>
/// <param name="Bytes">Size; 0 when unknown.</param>
/// <param name="UpdatedAt">When the row was made.</param>
/// <param name="Replicas">By node.</param>
public sealed record DatasetPlaces(
    string Id,
    string? Root,
    string State,
    int Target,
    int Floor,
    int Most,
    string DistinctBy,
    long Bytes,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<ReplicaRow> Replicas);
