using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Domain.Content;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Etdb.Silo.Api;

/// <summary>
/// <c>GET /diff</c>: ledger ↔ wanted ↔ seen, compared afresh: the ledger's log is read from its start, the wanted from the catalogue, the seen by
/// listing the pins of every node that answers. Nothing follows from it; it shows what the cluster's own scans act on.
/// </summary>
internal static class DifferenceEndpoints
{
    private const int FeedPage = 1000;
    private const int Examples = 5;
    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(45);

    // Listing every node is the dearest question there is: one at a time.
    private static readonly SemaphoreSlim Turn = new(1);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/diff", DiffAsync).Needs(Role.Auditor).WithSummary("Where the ledger, what is wanted and what is seen disagree.");

    private static async Task<Results<Ok<DiffView>, ProblemHttpResult>> DiffAsync(
        ICatalogue catalogue, ILedgerFeed ledger, IGrainFactory grains, TopologyCache topology, IArchiveNodeConnector connector, TimeProvider time, CancellationToken ct)
    {
        if (!await Turn.WaitAsync(TimeSpan.Zero, ct))
        {
            return ApiProblems.Unavailable("Another comparison is running; ask again when it is done.");
        }

        try
        {
            var view = await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct);
            var listings = await Task.WhenAll(view.Topology.Nodes.Where(n => !n.SourceOnly).Select(n => ListAsync(n, connector, time, ct)));
            var (live, ledgerProblem) = await LiveAsync(ledger, ct);
            var wanted = await WantedAsync(catalogue, ct);
            var differences = ThreeWayDiff.Compare(live, wanted, [.. listings.Where(l => l.Seen is not null).Select(l => l.Seen!)]);
            return TypedResults.Ok(new DiffView(
                time.GetUtcNow(),
                ledgerProblem,
                live.Count,
                wanted.Count,
                listings.Sum(l => (long)(l.Seen?.Roots.Count ?? 0)),
                [.. listings.Where(l => l.Problem is not null).Select(l => new NotListedView(l.Node, l.Problem!))],
                [.. Enum.GetValues<DifferenceKind>().Select(kind => Group(kind, differences))]));
        }
        finally
        {
            Turn.Release();
        }
    }

    private static DifferenceGroupView Group(DifferenceKind kind, IReadOnlyList<Difference> differences)
    {
        var own = differences.Where(d => d.Kind == kind).ToList();
        return new DifferenceGroupView(
            JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()), own.Count, [.. own.Take(Examples).Select(d => new DifferenceView(d.Dataset?.Value, d.Node?.Value, d.Root?.Value))]);
    }

    /// <summary>A complete listing, or why there is none: a partial one proves nothing.</summary>
    private static async Task<(string Node, SeenListing? Seen, string? Problem)> ListAsync(TopologyNode node, IArchiveNodeConnector connector, TimeProvider time, CancellationToken ct)
    {
        var id = node.View.Node;
        using var limit = new CancellationTokenSource(ListLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var roots = new HashSet<ContentId>();
        try
        {
            await foreach (var root in connector.Connect(node.Endpoint).ListPinsAsync(linked.Token))
            {
                roots.Add(root);
            }

            return (id.Value, new SeenListing(id, roots), null);
        }
        catch (NodeUnavailableException e)
        {
            return (id.Value, null, e.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (id.Value, null, $"The listing did not end within {ListLimit.TotalSeconds:0} s.");
        }
    }

    /// <summary>What the index says is live, and why that may not be all.</summary>
    private static async Task<(List<LedgerEntry> Live, string? Problem)> LiveAsync(ILedgerFeed ledger, CancellationToken ct)
    {
        var live = new Dictionary<DatasetId, ContentId?>();
        long after = 0;
        while (true)
        {
            var batch = await ledger.ReadAsync(after, FeedPage, ct);
            foreach (var change in batch.Events)
            {
                after = change.Sequence;
                if (change.Kind == LedgerEventKind.Current)
                {
                    live[change.Dataset] = change.Record?.Root;
                }
                else if (change.Kind != LedgerEventKind.Publisher)
                {
                    live.Remove(change.Dataset);
                }
            }

            if (batch.Events.Count < FeedPage)
            {
                var problem = batch.Problem ?? (batch.Height < batch.NodeHeight ? $"The ledger index is at block {batch.Height} of {batch.NodeHeight}." : null);
                return ([.. live.Select(l => new LedgerEntry(l.Key, l.Value))], problem);
            }
        }
    }

    private static async Task<List<WantedEntry>> WantedAsync(ICatalogue catalogue, CancellationToken ct)
    {
        var wanted = new List<WantedEntry>();
        await foreach (var places in PlannerViews.ReadAsync(catalogue, null, ct))
        {
            wanted.Add(new WantedEntry(
                new DatasetId(places.Id),
                places.Root is { } root ? new ContentId(root) : null,
                !PlannerViews.IsRetired(places),
                [.. places.Replicas.Where(r => PlannerViews.State(r) is ReplicaState.Claimed or ReplicaState.Verified or ReplicaState.Suspect).Select(r => new NodeId(r.Node))],
                [.. places.Replicas.Select(r => new NodeId(r.Node))]));
        }

        return wanted;
    }
}

/// <summary>Ledger ↔ wanted ↔ seen: how many of each, nodes whose listing is missing, and the differences by kind.</summary>
/// <param name="At">When it was compared.</param>
/// <param name="LedgerProblem">Why the ledger may say more than was read of it; null when it was read to its tip.</param>
/// <param name="Ledger">Datasets the ledger has.</param>
/// <param name="Wanted">Datasets the cluster keeps.</param>
/// <param name="Seen">Pins the nodes list.</param>
/// <param name="NotListed">Nodes that prove nothing.</param>
/// <param name="Differences">By kind.</param>
public sealed record DiffView(DateTimeOffset At, string? LedgerProblem, long Ledger, long Wanted, long Seen, IReadOnlyList<NotListedView> NotListed, IReadOnlyList<DifferenceGroupView> Differences);

/// <summary>A node that could not be listed: nothing is said of what it holds.</summary>
public sealed record NotListedView(string Node, string Problem);

/// <summary>Differences of one kind with a few examples.</summary>
public sealed record DifferenceGroupView(string Kind, long Count, IReadOnlyList<DifferenceView> Examples);

/// <summary>One difference.</summary>
public sealed record DifferenceView(string? Dataset, string? Node, string? Root);
