namespace Etdb.Storage.Catalogue;

/// <summary>What readers ask of the catalogue. Answers are a little behind the grains (by one batch) and say when they were made.</summary>
public interface ICatalogue
{
    /// <summary>Counts over everything, for the one-page view.</summary>
    Task<CatalogueHealth> HealthAsync(CancellationToken cancellationToken);

    /// <summary>One page of datasets.</summary>
    Task<DatasetPage> DatasetsAsync(DatasetQuery query, CancellationToken cancellationToken);

    /// <summary>One dataset with its replicas, by its id or at least its first 6 digits; null when none or more than one begins so.</summary>
    Task<DatasetChanged?> DatasetAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// Where datasets are kept: up to <paramref name="limit"/> (1..5000) of them in the order of their ids, after that id (null: from the first); with
    /// <paramref name="node"/> only those with a row there.
    /// </summary>
    Task<IReadOnlyList<DatasetPlaces>> PlacesAsync(string? after, string? node, int limit, CancellationToken cancellationToken);

    /// <summary>The story of a dataset, newest first, lines below <paramref name="before"/> (null: from the newest).</summary>
    Task<IReadOnlyList<StoryRow>> StoryAsync(string dataset, long? before, int limit, CancellationToken cancellationToken);

    /// <summary>Every node with its replicas by state.</summary>
    Task<IReadOnlyList<NodeSummary>> NodesAsync(CancellationToken cancellationToken);

    /// <summary>Every member with its nodes.</summary>
    Task<IReadOnlyList<MemberSummary>> MembersAsync(CancellationToken cancellationToken);

    /// <summary>Running and waiting work, most urgent first.</summary>
    Task<(IReadOnlyList<(RepairRow Repair, string Title)> Items, long Total)> RepairsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Incidents, newest first.</summary>
    Task<IReadOnlyList<IncidentRow>> IncidentsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Values by which the datasets that <paramref name="query"/> finds (order, limit and cursor aside) can be narrowed.</summary>
    Task<CatalogueFacets> FacetsAsync(DatasetQuery query, CancellationToken cancellationToken);

    /// <summary>What was seen of a node (null: of any) before a time (null: now), newest first; at most <paramref name="limit"/> (1..500).</summary>
    Task<IReadOnlyList<ObservationRow>> ObservationsAsync(string? node, DateTimeOffset? before, int limit, CancellationToken cancellationToken);

    /// <summary>Work that has ended, of a dataset (null: of any), newest first; at most <paramref name="limit"/> (1..500).</summary>
    Task<IReadOnlyList<EndedRepair>> EndedRepairsAsync(string? dataset, int limit, CancellationToken cancellationToken);

    /// <summary>Publishers by address.</summary>
    Task<IReadOnlyList<PublisherRow>> PublishersAsync(CancellationToken cancellationToken);
}

/// <summary>How datasets are ordered.</summary>
public enum DatasetSort
{
    /// <summary>By title, A to Z.</summary>
    Title = 0,

    /// <summary>Newest change first.</summary>
    Updated = 1,

    /// <summary>Most endangered first.</summary>
    Risk = 2,

    /// <summary>Largest first.</summary>
    Bytes = 3,
}

/// <summary>Which datasets, in which order, from where on.</summary>
/// <param name="Text">Words that must all occur (title, species, notes, people); null for all.</param>
/// <param name="State">Only this state.</param>
/// <param name="Publisher">Only this FLO address.</param>
/// <param name="Member">Only with a replica at this member.</param>
/// <param name="Node">Only with a replica on this node.</param>
/// <param name="Sort">Order.</param>
/// <param name="Limit">1..500.</param>
/// <param name="Cursor">Opaque place to go on from; null for the start.</param>
/// <param name="Species">Only of this species, spelt like this.</param>
public sealed record DatasetQuery(
    string? Text = null,
    string? State = null,
    string? Publisher = null,
    string? Member = null,
    string? Node = null,
    DatasetSort Sort = DatasetSort.Title,
    int Limit = 50,
    string? Cursor = null,
    string? Species = null);

/// <summary>A page of datasets, where the next one starts, and how many match in all; <paramref name="TotalIsAtLeast"/>: counting ended there, there may be more.</summary>
public sealed record DatasetPage(IReadOnlyList<DatasetListing> Items, string? Next, long Total, bool TotalIsAtLeast);

/// <summary>A dataset in a list.</summary>
public sealed record DatasetListing(DatasetRow Dataset, string Species, string? PublisherAlias);

/// <summary>A node with its replicas by state word.</summary>
public sealed record NodeSummary(NodeRow Node, IReadOnlyDictionary<string, long> Replicas);

/// <summary>A member with its nodes.</summary>
public sealed record MemberSummary(MemberRow Member, IReadOnlyList<string> Nodes, long UsedBytes, long Replicas);

/// <summary>Counts over everything.</summary>
/// <param name="Datasets">Datasets by state word.</param>
/// <param name="Replicas">Replicas by state word.</param>
/// <param name="Matrix">Datasets by (healthy, retrievable) with an example.</param>
/// <param name="LogicalBytes">Sum of dataset sizes.</param>
/// <param name="StoredBytes">Sum over verified replicas.</param>
/// <param name="RiskSum">Sum of risks.</param>
/// <param name="VerifiedAt">Counts of verified replicas by the age of the proof in days: ≤1, ≤7, ≤30, ≤90, older.</param>
public sealed record CatalogueHealth(
    IReadOnlyDictionary<string, long> Datasets,
    IReadOnlyDictionary<string, long> Replicas,
    IReadOnlyList<(int Healthy, int Retrievable, long Count, string Example)> Matrix,
    long LogicalBytes,
    long StoredBytes,
    double RiskSum,
    IReadOnlyList<long> VerifiedAt);
