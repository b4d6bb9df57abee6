using System.Text.Json;
using Etdb.Domain.Access;
using Etdb.Domain.Content;
using Etdb.Domain.Reconciliation;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Grains.Members;
using Etdb.Grains.Ports;
using Etdb.Silo.Hosting;
using Etdb.Silo.Security;
using Etdb.Storage.Catalogue;
using Etdb.Storage.Reconciliation;
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

    /// <summary>Nodes listed at once: each has <see cref="ListLimit"/>, which a hundred that share two cores do not meet.</summary>
    private const int ListedAtOnce = 8;

    private static readonly TimeSpan GrainLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ListLimit = TimeSpan.FromSeconds(45);

    // Listing every node is the dearest question there is: one at a time.
    private static readonly SemaphoreSlim Turn = new(1);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/diff", DiffAsync).Needs(Role.Auditor).WithSummary("Where the ledger, what is wanted and what is seen disagree.");

    private static async Task<Results<Ok<DiffView>, ProblemHttpResult>> DiffAsync(
        ICatalogue catalogue, ILedgerFeed ledger, IGrainFactory grains, TopologyCache topology, IArchiveNodeConnector connector, SiloOptions options, TimeProvider time, CancellationToken ct)
    {
        if (!await Turn.WaitAsync(TimeSpan.Zero, ct))
        {
            return ApiProblems.Unavailable("Another comparison is running; ask again when it is done.");
        }

        try
        {
            var view = await topology.ReadAsync(grains).WaitAsync(GrainLimit, time, ct);
            var nodes = view.Topology.Nodes.Where(n => !n.SourceOnly).ToList();
            using var diff = new PartitionedDiff(options.DataFolder, nodes.Select(n => n.View.Node));
            using var few = new SemaphoreSlim(ListedAtOnce);
            var listings = await Task.WhenAll(nodes.Select(n => ListAsync(n, diff, connector, few, time, ct)));
            var ledgerProblem = await ReadLedgerAsync(ledger, diff, ct);
            await ReadWantedAsync(catalogue, diff, ct);
            var outcome = diff.Compare(ct);
            return TypedResults.Ok(new DiffView(
                time.GetUtcNow(),
                ledgerProblem,
                outcome.Ledger,
                outcome.Wanted,
                outcome.Seen,
                [.. listings.Where(l => l.Problem is not null).Select(l => new NotListedView(l.Node, l.Problem!))],
                [.. Enum.GetValues<DifferenceKind>().Select(kind => Group(kind, outcome.Differences))]));
        }
        catch (IOException e)
        {
            return ApiProblems.Unavailable($"What is compared is put aside in the data folder, and that failed: {e.Message}");
        }
        finally
        {
            Turn.Release();
        }
    }

    private static DifferenceGroupView Group(DifferenceKind kind, DifferenceSummary differences) => new(
        JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()),
        differences.Count(kind),
        [.. differences.First(kind).Select(d => new DifferenceView(d.Dataset?.Value, d.Node?.Value, d.Root?.Value))]);

    /// <summary>Null after a complete listing, else why there is none: a partial one proves nothing.</summary>
    private static async Task<(string Node, string? Problem)> ListAsync(
        TopologyNode node, PartitionedDiff diff, IArchiveNodeConnector connector, SemaphoreSlim few, TimeProvider time, CancellationToken ct)
    {
        var id = node.View.Node;
        await few.WaitAsync(ct);
        using var limit = new CancellationTokenSource(ListLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await foreach (var root in connector.Connect(node.Endpoint).ListPinsAsync(linked.Token))
            {
                diff.AddSeen(id, root);
            }

            diff.Complete(id);
            return (id.Value, null);
        }
        catch (NodeUnavailableException e)
        {
            return (id.Value, e.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (id.Value, $"The listing did not end within {ListLimit.TotalSeconds:0} s.");
        }
        finally
        {
            few.Release();
        }
    }

    /// <summary>Tells what the index says is live; the answer is why that may not be all.</summary>
    private static async Task<string?> ReadLedgerAsync(ILedgerFeed ledger, PartitionedDiff diff, CancellationToken ct)
    {
        long after = 0;
        while (true)
        {
            var batch = await ledger.ReadAsync(after, FeedPage, ct);
            foreach (var change in batch.Events)
            {
                after = change.Sequence;
                if (change.Kind != LedgerEventKind.Publisher)
                {
                    var live = change.Kind == LedgerEventKind.Current;
                    diff.AddLedger(change.Dataset, live, live ? change.Record?.Root : null);
                }
            }

            if (batch.Events.Count < FeedPage)
            {
                return batch.Problem ?? (batch.Height < batch.NodeHeight ? $"The ledger index is at block {batch.Height} of {batch.NodeHeight}." : null);
            }
        }
    }

    private static async Task ReadWantedAsync(ICatalogue catalogue, PartitionedDiff diff, CancellationToken ct)
    {
        await foreach (var places in PlannerViews.ReadAsync(catalogue, null, ct))
        {
            diff.AddWanted(new WantedEntry(
                new DatasetId(places.Id),
                places.Root is { } root ? new ContentId(root) : null,
                !PlannerViews.IsRetired(places),
                [.. places.Replicas.Where(r => PlannerViews.State(r) is ReplicaState.Claimed or ReplicaState.Verified or ReplicaState.Suspect).Select(r => new NodeId(r.Node))],
                [.. places.Replicas.Select(r => new NodeId(r.Node))]));
        }
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
