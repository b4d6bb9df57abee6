using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;

namespace Etdb.Grains.Nodes;

/// <summary>
/// A part of the table of what one node keeps (key: <c>node|number</c>; a root is always on the same shelf). It turns a listing of
/// thousands of pins into the few differences its datasets must hear of, and tells all of them when the node itself changed.
/// The datasets own the truth about replicas; a shelf is the way from a node to them.
/// </summary>
[Alias("etdb.IShelfGrain"), Version(1)]
public interface IShelfGrain : IGrainWithStringKey
{
    /// <summary>A dataset's content is wanted here. Durable when it returns; must come before any pin.</summary>
    [Alias("Expect")]
    Task Expect(DatasetRef dataset);

    /// <summary>A dataset's content is pinned here.</summary>
    [Alias("Held")]
    Task Held(DatasetRef dataset);

    /// <summary>A dataset no longer refers to this content here.</summary>
    [Alias("Forget")]
    Task Forget(DatasetRef dataset);

    /// <summary>A dataset has struck its row and wants nothing here any more, but the content may still be there: if a listing names it, the dataset is asked to take it back.</summary>
    [Alias("Strike")]
    Task Strike(DatasetRef dataset);

    /// <summary>Whether any dataset but the one named refers to that root here.</summary>
    [Alias("OthersRefer")]
    Task<bool> OthersRefer(DatasetRef dataset);

    /// <summary>Compares a finished listing with the table. Findings wait for <see cref="Conclude"/>.</summary>
    [Alias("Compare")]
    Task<ShelfDifference> Compare(ShelfListing listing);

    /// <summary>Tells the datasets what the comparison found; returns how many heard of it. Nothing happens when the shelf has restarted since.</summary>
    [Alias("Conclude")]
    Task<int> Conclude(string scan, string? incident);

    /// <summary>Datasets that a change of the node would touch.</summary>
    [Alias("Touched")]
    Task<IReadOnlyList<DatasetRef>> Touched();

    /// <summary>Tells every dataset here; durable when it returns, delivered soon after and after every crash until all have heard.</summary>
    [Alias("Tell")]
    Task Tell(ShelfNews news);

    /// <summary>Goes on with what a crash interrupted.</summary>
    [Alias("Wake")]
    Task Wake();

    /// <summary>A dataset pinned here, chosen by the number: for canaries. Null when the shelf is empty.</summary>
    [AlwaysInterleave]
    [Alias("Pick")]
    Task<DatasetRef?> Pick(ulong number);
}

/// <summary>The part of a finished listing that belongs to a shelf.</summary>
/// <param name="Scan">Id of the scan.</param>
/// <param name="StartedAt">When the listing began: what changed later is not judged by it.</param>
/// <param name="Roots">Pinned roots: plain text, as there may be thousands.</param>
[GenerateSerializer, Immutable, Alias("etdb.shelf-listing")]
public sealed record ShelfListing(
    [property: Id(0)] string Scan,
    [property: Id(1)] DateTimeOffset StartedAt,
    [property: Id(2)] IReadOnlyList<string> Roots);

/// <summary>What a comparison found.</summary>
/// <param name="Rows">Replicas the shelf believed to be pinned.</param>
/// <param name="Missing">Of those, not in the listing.</param>
/// <param name="Appeared">Wanted ones that are in the listing although nobody reported them pinned.</param>
/// <param name="Orphans">Listed roots no dataset refers to or ever did here. They are counted, never removed.</param>
[GenerateSerializer, Immutable, Alias("etdb.shelf-difference")]
public sealed record ShelfDifference(
    [property: Id(0)] int Rows,
    [property: Id(1)] IReadOnlyList<DatasetRef> Missing,
    [property: Id(2)] int Appeared,
    [property: Id(3)] int Orphans);

/// <summary>Something about the node that every dataset on it must hear.</summary>
/// <param name="Kind">No answer, answered again, or repository replaced.</param>
/// <param name="At">When it was true.</param>
/// <param name="Incident">The incident it belongs to; null when none.</param>
[GenerateSerializer, Immutable, Alias("etdb.shelf-news")]
public sealed record ShelfNews(
    [property: Id(0)] ObservationKind Kind,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string? Incident);

/// <summary>Names of shelves.</summary>
public static class Shelves
{
    /// <summary>The shelf a root of a node is on.</summary>
    public static string KeyFor(NodeId node, ContentId root, int shelvesPerNode) =>
        Key(node, State.Spread.Bucket(root.Value, shelvesPerNode));

    /// <summary>A shelf by number.</summary>
    public static string Key(NodeId node, int number) => $"{node.Value}|{number}";
}
