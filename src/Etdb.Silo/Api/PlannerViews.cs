using System.Runtime.CompilerServices;
using Etdb.Domain.Content;
using Etdb.Domain.Records;
using Etdb.Domain.Replication;
using Etdb.Storage.Catalogue;

namespace Etdb.Silo.Api;

/// <summary>
/// The catalogue's rows as the deciding core sees datasets, so that questions over all of them (what if, drains, differences) wake no grain. What the
/// rows do not hold (attempts that failed, nodes excluded for one dataset) only the grain knows: it has the last word when the work is done.
/// </summary>
internal sealed class PlannerViews(ReplicationPolicy consortium)
{
    private const int PageSize = 2_000;
    private readonly Dictionary<(int Target, int Floor, int Most, string By), ReplicationPolicy> _policies = [];

    /// <summary>Every dataset (with <paramref name="node"/>: with a row there), by id, read in pages.</summary>
    public static async IAsyncEnumerable<DatasetPlaces> ReadAsync(ICatalogue catalogue, string? node, [EnumeratorCancellation] CancellationToken ct)
    {
        string? after = null;
        while (true)
        {
            var page = await catalogue.PlacesAsync(after, node, PageSize, ct);
            foreach (var places in page)
            {
                yield return places;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Id;
        }
    }

    /// <summary>True for datasets the ledger no longer wants.</summary>
    public static bool IsRetired(DatasetPlaces places) => places.State == "deactivated";

    /// <summary>One dataset.</summary>
    public DatasetView View(DatasetPlaces places)
    {
        var pending = places.State == "pending";
        return new DatasetView
        {
            Id = new DatasetId(places.Id),
            Root = places.Root is { } root ? new ContentId(root) : null,
            Bytes = places.Bytes,
            Policy = Policy(places),
            RegisteredAt = places.UpdatedAt,
            EstablishedAt = pending ? null : places.UpdatedAt,
            Lifecycle = IsRetired(places) ? DatasetLifecycle.Deactivated : DatasetLifecycle.Active,
            LifecycleSince = IsRetired(places) ? places.UpdatedAt : null,
            Replicas = [.. places.Replicas.Select(Record)],
        };
    }

    /// <summary>The policy of a dataset; equal ones are the same object.</summary>
    public ReplicationPolicy Policy(DatasetPlaces places)
    {
        var key = (places.Target, places.Floor, places.Most, places.DistinctBy);
        if (!_policies.TryGetValue(key, out var policy))
        {
            policy = consortium with
            {
                Name = $"{places.Target} by {places.DistinctBy}",
                Target = places.Target,
                Floor = places.Floor,
                Most = places.Most,
                DistinctBy = Enum.TryParse<DistinctBy>(places.DistinctBy, ignoreCase: true, out var by) ? by : DistinctBy.Member,
            };
            _policies.Add(key, policy);
        }

        return policy;
    }

    /// <summary>The word of a row, as a state; what is not known there is taken for claimed.</summary>
    public static ReplicaState State(ReplicaRow row) => Enum.TryParse<ReplicaState>(row.State, ignoreCase: true, out var state) ? state : ReplicaState.Claimed;

    private static ReplicaRecord Record(ReplicaRow row)
    {
        var state = State(row);
        var check = row.VerifiedAt is { } at ? new Verification(at, row.VerifiedFull ? VerificationDepth.Full : VerificationDepth.Sample, row.VerifiedBlocks) : null;
        var listed = state is not (ReplicaState.Assigned or ReplicaState.Missing);
        return new ReplicaRecord
        {
            Node = new NodeId(row.Node),
            State = state == ReplicaState.Unreachable && check is not null ? ReplicaState.Verified : state,
            Since = row.Since,
            LastVerification = check,
            LastFullVerification = row.VerifiedFull ? check : null,
            Evidence = ReplicaEvidence.None with { ListedAt = listed ? row.Since : null, Complete = check, FullComplete = row.VerifiedFull ? check : null },
        };
    }
}
